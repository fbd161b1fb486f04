// Loaded into every Node.js process of the benchmark (NODE_OPTIONS). It makes whichever runner the process turns out to be use the judge's
// reporter, and keeps NODE_OPTIONS alive on the way there through npm, yarn, pnpm, cross-env and scripts that set their own.
//
// Once the runner is found, the settings leave the environment and nothing here is active any more: what cases start does not report.
// What cases may replace while they run (fs, JSON) is bound here, before any of them is loaded.
'use strict';

const fs = require('fs');
const path = require('path');
const { writeSync } = fs;
const { stringify } = JSON;

const NAMES = ['FORMAT', 'REPORT', 'NONCE', 'ONLY', 'ROOT', 'HOOK', 'AGAIN'];
const MESSAGE_LIMIT = 2000;

let settings = null;
if (process.env.KAIZEN_REPORT && process.env.KAIZEN_HOOK) {
  settings = {};
  for (const name of NAMES) settings[name.toLowerCase()] = process.env['KAIZEN_' + name];
}

/** The settings, removed from the environment; null where the process is not to report. */
function take() {
  const taken = settings;
  if (!taken) return null;
  settings = null;
  for (const name of NAMES) delete process.env['KAIZEN_' + name];
  const left = without(process.env.NODE_OPTIONS || '', taken.hook);
  if (left) process.env.NODE_OPTIONS = left;
  else delete process.env.NODE_OPTIONS;
  return taken;
}

function without(text, hook) {
  return text.split(hook).join(' ').replace(/\s+/g, ' ').trim();
}

/** One run of one runner: begin, each case once, end. */
class Run {
  constructor(taken) {
    this.taken = taken;
    this.only = taken.only === undefined ? null : new Set(taken.only.split('\n'));
    this.fd = fs.openSync(taken.report, 'a', 0o600);
    this.seen = new Map();
    this.count = 0;
    this.root = fs.realpathSync(taken.root || process.cwd());
    this.line({ begin: Date.now() / 1000 });
  }

  line(fields) {
    let data = Buffer.from(stringify({ ...fields, nonce: this.taken.nonce, run: process.pid }) + '\n');
    while (data.length) data = data.subarray(writeSync(this.fd, data));
  }

  /** A file as ids name it: below the project's root. */
  file(name) {
    if (!name) return '';
    let full = name.startsWith('file://') ? require('url').fileURLToPath(name) : path.resolve(name);
    try {
      full = fs.realpathSync(full);
    } catch {
      // A name that is no file names itself.
    }
    return path.relative(this.root, full).split(path.sep).join('/');
  }

  /** The same name again in one file is the next example of it: `#2`, `#3`, in the order in which they are declared. */
  id(file, names) {
    const id = file + '::' + names.map((name) => String(name).replace(/[\r\n\0]+/g, ' ')).join(' > ');
    const count = (this.seen.get(id) || 0) + 1;
    this.seen.set(id, count);
    return count === 1 ? id : `${id}#${count}`;
  }

  wants(id) {
    return this.only === null || this.only.has(id) || /<(load|exit|hooks)>$/.test(id);
  }

  case(id, outcome, milliseconds, message) {
    if (!this.wants(id)) return;
    this.count += 1;
    const seconds = Number.isFinite(milliseconds) && milliseconds >= 0 ? milliseconds / 1000 : undefined;
    this.line({ case: id, outcome, seconds, message: message ? shortened(message) : undefined });
  }

  end(missing = []) {
    this.line({ end: this.count, missing: missing.slice(0, 20), missing_count: missing.length });
  }
}

/** Without colours; the beginning, because a stack follows. Halves of characters would make the report unreadable. */
function shortened(message) {
  // eslint-disable-next-line no-control-regex
  const text = String(message).replace(/\x1b\[[0-9;]*[A-Za-z]/g, '').slice(0, MESSAGE_LIMIT);
  return text.toWellFormed ? text.toWellFormed() : text.replace(/[\ud800-\udfff]/g, '?');
}

/** The files of the selected cases, absolute; null when everything is selected. */
function selectedFiles(taken) {
  if (taken.only === undefined) return null;
  const root = fs.realpathSync(taken.root || process.cwd());
  const files = new Set(taken.only.split('\n').map((id) => id.split('::')[0]));
  return [...files].filter(Boolean).map((file) => path.join(root, file));
}

/** A regular expression for the full names of the selected cases, names joined by a space. */
function selectedNames(taken) {
  if (taken.only === undefined) return null;
  const ids = taken.only.split('\n');
  // What stands for a whole file or for set-up cannot be selected by a name.
  if (ids.some((id) => /<(load|exit|hooks)>$/.test(id))) return null;
  const names = ids.map((id) => id.slice(id.indexOf('::') + 2).replace(/#\d+$/, '').replace(/^\[[^\]]*\] /, ''));
  const escaped = names.map((name) => name.replace(/[|\\{}()[\]^$+*?.\/]/g, '\\$&').split(' > ').join('( > | )'));
  return '^(' + [...new Set(escaped)].join('|') + ')$';
}

/** What every process we start must keep, whatever its script says about NODE_OPTIONS. */
function keepHook(options) {
  const { hook } = settings;
  const assignment = /(^|[^A-Za-z0-9_])NODE_OPTIONS=/g;
  const quoted = "'" + hook.split("'").join("'\\''") + " '";
  if (Array.isArray(options.args)) {
    options.args = options.args.map((arg) => {
      return typeof arg === 'string' && !arg.includes(hook) ? arg.replace(assignment, (found) => found + quoted) : arg;
    });
  }
  if (Array.isArray(options.envPairs)) {
    const at = options.envPairs.findIndex((pair) => pair.startsWith('NODE_OPTIONS='));
    if (at < 0) options.envPairs.push('NODE_OPTIONS=' + hook);
    else if (!options.envPairs[at].includes(hook)) options.envPairs[at] = `NODE_OPTIONS=${hook} ${options.envPairs[at].slice(13)}`;
  }
}

function followChildren() {
  const children = require('child_process');
  const { spawn } = children.ChildProcess.prototype;
  children.ChildProcess.prototype.spawn = function (options) {
    if (settings && options) keepHook(options);
    return spawn.call(this, options);
  };
  const { spawnSync } = children;
  children.spawnSync = function (file, args, options) {
    if (!settings) return spawnSync.apply(this, arguments);
    const own = Array.isArray(args) ? options : args;
    const pairs = { args: Array.isArray(args) ? args : [], envPairs: [`NODE_OPTIONS=${(own?.env || process.env).NODE_OPTIONS || ''}`] };
    keepHook(pairs);
    return spawnSync(file, pairs.args, { ...own, env: { ...(own?.env || process.env), NODE_OPTIONS: pairs.envPairs[0].slice(13) } });
  };
}

/** Replaces what a module exports, once, when it is loaded. */
function onLoad(replace) {
  const Module = require('module');
  const load = Module._load;
  Module._load = function (request, parent, isMain) {
    const exported = load.apply(this, arguments);
    return settings ? replace(request, exported, parent) : exported;
  };
}

const judge = (name) => path.join(__dirname, name);

function jest() {
  const wrapped = new WeakMap();
  onLoad((request, exported) => {
    const isCore = request.endsWith('@jest/core') || /@jest\/core\/build\/index\.js$/.test(request);
    if (!isCore || !exported || typeof exported.runCLI !== 'function') return exported;
    if (!wrapped.has(exported)) wrapped.set(exported, { ...exported, runCLI: (argv, projects) => exported.runCLI(forced(argv), projects) });
    return wrapped.get(exported);
  });
  const forced = (argv) => {
    const names = selectedNames(settings);
    const files = selectedFiles(settings);
    const ours = {
      ...argv,
      reporters: [judge('kaizen_jest.cjs')],
      bail: 0,
      ci: true,
      collectCoverage: false,
      coverage: false,
      updateSnapshot: false,
      watch: false,
      watchAll: false,
      notify: false,
    };
    if (names) ours.testNamePattern = names;
    // Those of other files are left out by a pattern, because paths of the command may be patterns themselves.
    if (files) ours.testPathIgnorePatterns = ['^(?!(?:' + files.map((file) => file.replace(/[|\\{}()[\]^$+*?.]/g, '\\$&')).join('|') + ')$)'];
    return ours;
  };
}

function mocha() {
  const done = new WeakSet();
  onLoad((request, exported) => {
    if (typeof exported !== 'function' || !exported.prototype || typeof exported.prototype.run !== 'function') return exported;
    if (typeof exported.prototype.bail !== 'function' || typeof exported.prototype.reporter !== 'function' || done.has(exported)) return exported;
    done.add(exported);
    const { run } = exported.prototype;
    exported.prototype.run = function (fn) {
      const names = settings && selectedNames(settings);
      if (settings) {
        this.reporter(judge('kaizen_mocha.cjs'));
        this.bail(false);
        if (names) this.grep(new RegExp(names));
      }
      // Codes are numbers of failures, of which some mean something else to a shell.
      return run.call(this, (failures) => fn && fn(failures ? 1 : 0));
    };
    return exported;
  });
}

/** The options of a command line without some, and without their values. */
function withoutOptions(args, valued, plain) {
  const kept = [];
  for (let at = 0; at < args.length; at += 1) {
    const name = args[at].split('=')[0];
    if (valued.includes(name)) at += args[at].includes('=') ? 0 : 1;
    else if (!plain.includes(name)) kept.push(args[at]);
  }
  return kept;
}

function packageOf(file) {
  for (let dir = path.dirname(file); dir !== path.dirname(dir); dir = path.dirname(dir)) {
    const manifest = path.join(dir, 'package.json');
    if (fs.existsSync(manifest)) return JSON.parse(fs.readFileSync(manifest, 'utf8')).name;
  }
  return undefined;
}

function vitest() {
  const script = process.argv[1];
  if (!script || !fs.existsSync(script) || packageOf(fs.realpathSync(script)) !== 'vitest') return;
  const names = selectedNames(settings);
  const split = process.argv.indexOf('--', 2);
  const own = process.argv.slice(2, split < 0 ? undefined : split);
  const rest = split < 0 ? [] : process.argv.slice(split);
  const valued = ['--reporter', '--bail', '--outputFile', '-t', '--testNamePattern'].filter((name) => names || !/^(-t|--testN)/.test(name));
  const kept = withoutOptions(own, valued, ['--watch', '-w', '--coverage', '--update', '-u', '--ui', '--run']);
  const ours = [`--reporter=${judge('kaizen_vitest.mjs')}`, '--bail=0', '--coverage.enabled=false', '--run'];
  if (names) ours.push('--testNamePattern=' + names);
  process.argv.splice(2, process.argv.length, ...kept, ...ours, ...rest);
}

/** Options of Node.js that would report elsewhere, stay for ever, or fail for something else than a case. */
const TEST_VALUED = ['--test-reporter', '--test-reporter-destination', '--test-coverage-lines', '--test-coverage-branches', '--test-coverage-functions'];
const TEST_PLAIN = ['--experimental-test-coverage', '--watch'];

/** Reporters are chosen before any of our code runs: the same command line is started once more, with the judge's. */
function nodeTest() {
  if (process.env.NODE_TEST_CONTEXT) return void take();
  const isRunner = process.execArgv.includes('--test');
  if (settings.again || !(isRunner || holdsTests(process.argv[1]))) return;
  const files = isRunner ? selectedFiles(settings) : null;
  const options = withoutOptions(process.execArgv, TEST_VALUED, TEST_PLAIN);
  const args = [...options, `--test-reporter=${judge('kaizen_node_test.mjs')}`, ...(files || process.argv.slice(1))];
  const env = { ...process.env, KAIZEN_AGAIN: '1' };
  const again = require('child_process').spawnSync(process.execPath, args, { stdio: 'inherit', env });
  if (again.signal) process.kill(process.pid, again.signal);
  process.exit(again.status === null ? 1 : again.status);
}

function holdsTests(script) {
  return Boolean(script) && fs.existsSync(script) && fs.statSync(script).isFile() && fs.readFileSync(script, 'utf8').includes('node:test');
}

if (settings) {
  const { format } = settings;
  if (format === 'node-test') nodeTest();
  if (settings) {
    followChildren();
    if (format === 'jest') jest();
    if (format === 'mocha') mocha();
    if (format === 'vitest') vitest();
  }
}

module.exports = {
  /** The run to report to; null where this process is not the runner's. */
  run() {
    const taken = take();
    return taken && new Run(taken);
  },
};
