import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { callerFolder } from '../../src/cli/process-terminal.ts';

describe('the folder of the caller', () => {
  const project = fs.mkdtempSync(path.join(os.tmpdir(), 'orrery-caller-'));
  const npm_package_json = path.join(project, 'package.json');

  it('is the one that npm was typed in, where npm changed to that of the package', () => {
    expect(callerFolder({ INIT_CWD: '/home/me/lab', npm_package_json }, project)).toBe('/home/me/lab');
    const link = `${project}-link`;
    fs.symlinkSync(project, link);
    expect(callerFolder({ INIT_CWD: '/home/me/lab', npm_package_json }, link)).toBe('/home/me/lab');
  });

  it('is the present one where a script of npm has gone elsewhere since', () => {
    expect(callerFolder({ INIT_CWD: '/home/me/lab', npm_package_json }, '/tmp')).toBe('/tmp');
  });

  it('is the present one without npm', () => {
    expect(callerFolder({}, '/tmp')).toBe('/tmp');
    expect(callerFolder({ INIT_CWD: '/home/me/lab' }, '/tmp')).toBe('/tmp');
  });
});
