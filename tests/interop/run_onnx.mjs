// Every model that onnx_models wrote, run by onnxruntime-web, beside our outputs, for the whole batch and for
// its first example alone:
//     node run_onnx.mjs FOLDER NODE_MODULES
// |theirs - ours| <= 1e-5 (1 + |ours|) is asked of every number.
import fs from "node:fs";
import path from "node:path";
import { createRequire } from "node:module";

const [folder, modules] = process.argv.slice(2);
const ort = createRequire(path.resolve(modules, "_"))("onnxruntime-web");
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";
const tolerance = 1e-5;
const types = { "<f4": ["float32", Float32Array], "<f8": ["float64", Float64Array], "<i8": ["int64", BigInt64Array] };

function readNpy(file) {
  const bytes = fs.readFileSync(file);
  const begin = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString("latin1", 10, begin);
  const [type, Type] = types[/'descr': '([^']+)'/.exec(header)[1]];
  const dims = /'shape': \(([^)]*)\)/.exec(header)[1].split(",").filter((s) => s.trim()).map(Number);
  return { type, dims, data: new Type(new Uint8Array(bytes.subarray(begin)).buffer) };
}

function firstExample({ type, dims, data }) {
  return { type, dims: [1, ...dims.slice(1)], data: data.slice(0, data.length / dims[0]) };
}

function largestError(ours, theirs) {
  if (theirs.type !== ours.type) return `is ${theirs.type}, not ${ours.type}`;
  if (String(theirs.dims) !== String(ours.dims)) return `has shape ${theirs.dims}, not ${ours.dims}`;
  let worst = 0;
  for (let i = 0; i < ours.data.length; ++i) {
    const error = Math.abs(theirs.data[i] - ours.data[i]) / (1 + Math.abs(ours.data[i]));
    if (!(error <= worst)) worst = error;
    if (Number.isNaN(error)) return "has a nan";
  }
  return worst;
}

let faults = 0, worst = 0;
const names = fs.readdirSync(folder).filter((n) => fs.existsSync(path.join(folder, n, "model.onnx"))).sort();
for (const name of names) {
  const at = (kind, tensor) => path.join(folder, name, `${kind}.${tensor}.npy`);
  try {
    const session = await ort.InferenceSession.create(fs.readFileSync(path.join(folder, name, "model.onnx")));
    for (const part of [(tensor) => tensor, firstExample]) {
      const feeds = {};
      for (const input of session.inputNames) {
        const { type, dims, data } = part(readNpy(at("in", input)));
        feeds[input] = new ort.Tensor(type, data, dims);
      }
      const results = await session.run(feeds);
      for (const output of session.outputNames) {
        const error = largestError(part(readNpy(at("out", output))), results[output]);
        if (typeof error === "string" || error > tolerance) {
          console.log(`${name}: ${output} ${typeof error === "string" ? error : `differs by ${error}`}`);
          ++faults;
        } else {
          worst = Math.max(worst, error);
        }
      }
    }
  } catch (fault) {
    console.log(`${name}: ${String(fault.message).slice(0, 300)}`);
    ++faults;
  }
}
console.log(`${names.length} models run, ${faults} with faults, largest difference ${worst.toExponential(1)}`);
process.exit(faults || !names.length ? 1 : 0);
