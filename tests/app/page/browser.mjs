// A browser for tests: Chromium without a window, driven through its debugging pipe. Node's own modules alone.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const chromium = ['chromium', 'chromium-browser', 'google-chrome'].find(
  (name) => spawnSync('which', [name]).status === 0,
);

export class Browser {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'page-'));
    const flags = [
      '--headless=new',
      '--remote-debugging-pipe',
      '--disable-gpu',
      '--no-first-run',
      '--mute-audio',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--hide-scrollbars',
      `--user-data-dir=${this.folder}`,
    ];
    if (process.getuid() === 0) flags.push('--no-sandbox');
    this.process = spawn(chromium, flags, { stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    this.id = 0;
    this.waiting = new Map();
    this.listeners = [];
    let text = '';
    this.process.stdio[4].on('data', (part) => {
      text += part;
      const messages = text.split('\0');
      text = messages.pop();
      for (const m of messages) this.receive(JSON.parse(m));
    });
  }

  receive(message) {
    const { id, result, error, method, params } = message;
    if (id === undefined) return this.listeners.forEach((f) => f(method, params));
    const { resolve, reject } = this.waiting.get(id);
    this.waiting.delete(id);
    return error ? reject(new Error(error.message)) : resolve(result);
  }

  send(method, params = {}, sessionId = this.session) {
    const id = ++this.id;
    this.process.stdio[3].write(JSON.stringify({ id, method, params, sessionId }) + '\0');
    return new Promise((resolve, reject) => this.waiting.set(id, { resolve, reject }));
  }

  // A page, and what went wrong on it.
  async open(url, { width = 1280, height = 900, dark = false } = {}) {
    if (this.target) await this.send('Target.closeTarget', { targetId: this.target });
    this.session = undefined;
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    this.target = targetId;
    this.session = (
      await this.send('Target.attachToTarget', { targetId, flatten: true })
    ).sessionId;
    this.faults = [];
    this.listeners = [
      (method, p) => {
        if (method === 'Runtime.exceptionThrown')
          this.faults.push(p.exceptionDetails.exception?.description ?? p.exceptionDetails.text);
        if (method === 'Runtime.consoleAPICalled' && p.type === 'error')
          this.faults.push(JSON.stringify(p.args));
        if (method === 'Log.entryAdded' && p.entry.level === 'error')
          this.faults.push(p.entry.text + ' ' + p.entry.url);
      },
    ];
    for (const domain of ['Page', 'Runtime', 'Log', 'Network', 'Accessibility'])
      await this.send(`${domain}.enable`);
    await this.resize(width, height, dark);
    await this.send('Page.navigate', { url });
  }

  async resize(width, height, dark) {
    await this.send('Emulation.setDeviceMetricsOverride', {
      width,
      height,
      deviceScaleFactor: 1,
      mobile: width < 600,
    });
    await this.send('Emulation.setEmulatedMedia', {
      features: [{ name: 'prefers-color-scheme', value: dark ? 'dark' : 'light' }],
    });
  }

  async run(expression) {
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', {
      expression,
      awaitPromise: true,
      returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  async until(expression, seconds = 30) {
    for (const end = Date.now() + 1000 * seconds; Date.now() < end;) {
      if (await this.run(expression).catch(() => false)) return;
      await new Promise((done) => setTimeout(done, 20));
    }
    throw new Error(`it did not come to: ${expression}`);
  }

  box(selector) {
    return this
      .run(`(() => { const e = document.querySelector('${selector}'); e.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = e.getBoundingClientRect(); return { x, y, width, height }; })()`);
  }

  mouse(type, x, y) {
    const held = type === 'mousePressed' || type === 'mouseDragged';
    return this.send('Input.dispatchMouseEvent', {
      type: type === 'mouseDragged' ? 'mouseMoved' : type,
      x,
      y,
      button: type === 'mouseMoved' ? 'none' : 'left',
      buttons: held ? 1 : 0,
      clickCount: 1,
    });
  }

  async press(key) {
    for (const type of ['keyDown', 'keyUp'])
      await this.send('Input.dispatchKeyEvent', {
        type,
        key,
        text: type === 'keyDown' && key.length === 1 ? key : undefined,
      });
  }

  async picture() {
    const { data } = await this.send('Page.captureScreenshot', {
      format: 'png',
      captureBeyondViewport: true,
    });
    return Buffer.from(data, 'base64');
  }

  async close() {
    const gone = new Promise((done) => this.process.once('exit', done));
    this.process.kill();
    await gone;
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}
