// Opens every FOLDER/*/tfjs/model.json with TensorFlow.js and holds its outputs for inputs.npy against
// outputs.npy.
//
//     node run_tfjs.cjs FOLDER NODE_MODULES
const fs = require('fs');
const path = require('path');

const [folder, modules] = process.argv.slice(2);
console.warn = () => {};
const tf = require(path.resolve(modules, '@tensorflow', 'tfjs'));

// NumPy's format, version 1.0, of float32.
function readNpy(file) {
  const bytes = fs.readFileSync(file);
  const size = bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, 10 + size);
  const shape = header.match(/\(([^)]*)\)/)[1].split(',').filter((s) => s.trim()).map(Number);
  if (!header.includes("'<f4'")) return null;
  const values = bytes.buffer.slice(bytes.byteOffset + 10 + size, bytes.byteOffset + bytes.length);
  return {shape, values: new Float32Array(values)};
}

// What a web server would give to tf.loadLayersModel(url).
function filesIn(where) {
  return {
    load: async () => {
      const json = JSON.parse(fs.readFileSync(path.join(where, 'model.json'), 'utf8'));
      const parts = json.weightsManifest.flatMap((group) => group.paths.map((p) => fs.readFileSync(path.join(where, p))));
      const all = Buffer.concat(parts);
      return {
        modelTopology: json.modelTopology,
        format: json.format,
        weightSpecs: json.weightsManifest.flatMap((group) => group.weights),
        weightData: all.buffer.slice(all.byteOffset, all.byteOffset + all.length),
      };
    },
  };
}

function inputsOf(where) {
  const one = path.join(where, 'inputs.npy');
  if (fs.existsSync(one)) return [readNpy(one)];
  const all = [];
  for (let i = 0; fs.existsSync(path.join(where, `inputs${i}.npy`)); ++i) all.push(readNpy(path.join(where, `inputs${i}.npy`)));
  return all;
}

async function difference(where) {
  const model = await tf.loadLayersModel(filesIn(path.join(where, 'tfjs')));
  const x = inputsOf(where).map((a) => tf.tensor(a.values, a.shape));
  const y = model.predict(x.length === 1 ? x[0] : x);
  const expected = readNpy(path.join(where, 'outputs.npy'));
  if (JSON.stringify(y.shape) !== JSON.stringify(expected.shape)) throw new Error(`shape ${y.shape}, expected ${expected.shape}`);
  const values = y.dataSync();
  let most = 0;
  for (let i = 0; i < values.length; ++i) {
    const d = Math.abs(values[i] - expected.values[i]) / Math.max(1, Math.abs(expected.values[i]));
    if (!(d <= most)) most = d;  // nan, too
  }
  return most;
}

async function main() {
  await tf.setBackend('cpu');
  let failed = 0, read = 0;
  for (const name of fs.readdirSync(folder).sort()) {
    const where = path.join(folder, name);
    if (!fs.existsSync(path.join(where, 'tfjs', 'model.json'))) continue;
    ++read;
    try {
      const most = await difference(where);
      console.log(`${name}: ${most.toExponential(1)}`);
      if (!(most <= 1e-5)) ++failed;
    } catch (error) {
      console.log(`${name}: ${error.message}`);
      ++failed;
    }
  }
  console.log(`${read} models, ${failed} failed`);
  process.exit(failed || !read ? 1 : 0);
}
main();
