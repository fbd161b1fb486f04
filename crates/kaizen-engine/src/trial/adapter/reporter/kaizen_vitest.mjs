// vitest's results for the judge. A test file that cannot be run is one error, `FILE::<load>`; a failed hook of a suite is an error,
// `FILE::SUITE > <hooks>`, and so are the cases it kept from running.
import { createRequire } from 'node:module';

const channel = createRequire(import.meta.url)('./kaizen_node.cjs');
const OUTCOMES = { passed: 'pass', failed: 'fail', skipped: 'skip' };

function names(entity) {
  const path = [];
  for (let at = entity; at && at.type !== 'module'; at = at.parent) path.unshift(at.name);
  return path;
}

const text = (errors) => errors.map((error) => error.stack || error.message || String(error)).join('\n');

function hooksBroke(entity) {
  for (let at = entity.parent; at; at = at.parent) if (at.errors().length > 0) return true;
  return false;
}

export default class KaizenReporter {
  onInit() {
    this.run = channel.run();
  }

  onTestRunEnd(modules, _unhandled, reason) {
    const missing = [];
    for (const module of modules) this.module(module, missing);
    if (reason === 'interrupted') missing.push('(vitest was interrupted)');
    this.run.end(missing);
  }

  module(module, missing) {
    const file = this.run.file(module.moduleId);
    const project = module.project?.name;
    const id = (path) => this.run.id(file, project ? [`[${project}] ${path[0]}`, ...path.slice(1)] : path);
    const isEmpty = [...module.children.allTests()].length === 0;
    if (module.errors().length > 0) this.run.case(id([isEmpty ? '<load>' : '<hooks>']), 'error', undefined, text(module.errors()));
    for (const suite of module.children.allSuites()) {
      if (suite.errors().length > 0) this.run.case(id([...names(suite), '<hooks>']), 'error', undefined, text(suite.errors()));
    }
    for (const test of module.children.allTests()) {
      const result = test.result();
      let outcome = OUTCOMES[result.state];
      if (outcome !== 'fail' && outcome !== 'pass' && hooksBroke(test)) outcome = 'error';
      const one = id(names(test));
      if (!outcome) missing.push(one);
      else this.run.case(one, outcome, test.diagnostic()?.duration, result.errors?.length ? text(result.errors) : undefined);
    }
  }
}
