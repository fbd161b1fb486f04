// The results of Node.js's own runner for the judge. A test file that cannot be run is one error, `FILE::<load>`, one that fails after
// its cases `FILE::<exit>`; a suite that failed although none of its cases did is an error, `FILE::SUITE > <hooks>`.
import { createRequire } from 'node:module';

const channel = createRequire(import.meta.url)('./kaizen_node.cjs');
const ERRORS = ['hookFailed', 'cancelledByParent', 'parentAlreadyFinished', 'uncaughtException', 'unhandledRejection'];

function message(details) {
  const error = details?.error;
  if (!error) return undefined;
  const cause = error.cause && typeof error.cause === 'object' ? error.cause : error;
  return cause.stack || cause.message || String(error.cause || error.message);
}

class Report {
  constructor(run) {
    this.run = run;
    this.paths = new Map();
    this.failing = new Set();
    this.files = new Set();
    this.errors = new Map();
  }

  path(data) {
    const key = data.file || '';
    if (!this.paths.has(key)) this.paths.set(key, []);
    return this.paths.get(key);
  }

  started(data) {
    const path = this.path(data);
    path.length = Math.min(path.length, data.nesting);
    path[data.nesting] = data.name;
  }

  ended(data, failed) {
    const file = this.run.file(data.file);
    const names = [...this.path(data).slice(0, data.nesting), data.name];
    const outcome = this.outcome(data, failed);
    if (this.isFile(data)) return this.file(file || this.run.file(data.name), data, failed, outcome);
    this.files.add(file);
    const place = (depth) => [file, ...names.slice(0, depth)].join('\0');
    const below = this.failing.has(place(names.length));
    if (outcome === 'fail' || outcome === 'error') for (let depth = 0; depth <= names.length; depth += 1) this.failing.add(place(depth));
    if (data.details?.type === 'suite') {
      if (failed && !below && outcome !== 'skip') this.run.case(this.run.id(file, [...names, '<hooks>']), 'error', undefined, message(data.details));
      return;
    }
    this.run.case(this.run.id(file, names), outcome, data.details?.duration_ms, failed ? message(data.details) : undefined);
  }

  file(file, data, failed, outcome) {
    const name = this.files.has(file) ? '<exit>' : '<load>';
    const said = failed ? this.errors.get(file) || message(data.details) : undefined;
    this.run.case(this.run.id(file, [name]), failed ? 'error' : outcome, data.details?.duration_ms, said);
  }

  /** What a file wrote to standard error says why it could not be run; the runner does not. */
  wrote(data) {
    const file = this.run.file(data.file);
    const text = this.errors.get(file) || '';
    if (text.length < 4000) this.errors.set(file, text + data.message);
  }

  /** The runner reports a whole file as a test where the file failed, or holds no test. */
  isFile(data) {
    return data.nesting === 0 && this.run.file(data.name) === this.run.file(data.file || data.name) && /[\\/.]/.test(data.name);
  }

  outcome(data, failed) {
    if (data.skip !== undefined || data.todo !== undefined) return 'skip';
    if (!failed) return 'pass';
    return ERRORS.includes(data.details?.error?.failureType) ? 'error' : 'fail';
  }
}

export default async function* kaizen(source) {
  const run = channel.run();
  if (!run) return;
  const report = new Report(run);
  for await (const { type, data } of source) {
    if (type === 'test:start') report.started(data);
    else if (type === 'test:pass') report.ended(data, false);
    else if (type === 'test:fail') {
      report.ended(data, true);
      yield `not ok ${data.name}: ${message(data.details) || ''}\n`;
    } else if (type === 'test:stderr' || type === 'test:stdout') {
      if (type === 'test:stderr') report.wrote(data);
      yield data.message;
    }
  }
  run.end();
}
