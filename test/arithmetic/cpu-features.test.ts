import { describe, expect, it } from 'vitest';
import { allFeatures, cpuObstacle, featuresOfFamily } from '../../src/arithmetic/cpu-features.ts';

const cpu = (vendor: string, family: string, ...more: string[]) => ({ vendor, features: allFeatures(family, more) });

describe('processor features', () => {
  it('grow with the generation', () => {
    expect(featuresOfFamily('Merom')).not.toContain('sse4.1');
    expect(featuresOfFamily('Penryn')).toContain('sse4.1');
    expect(featuresOfFamily('Nehalem')).toEqual(expect.arrayContaining(['sse4.1', 'sse4.2', 'popcnt']));
    expect(featuresOfFamily('Westmere')).toEqual(expect.arrayContaining(['aes', 'pclmulqdq']));
  });

  it('know a family by any spelling, and nothing of one that they do not know', () => {
    expect(featuresOfFamily('intel-sandybridge')).toEqual(featuresOfFamily('Sandy Bridge'));
    expect(featuresOfFamily('6502')).toEqual([]);
    expect(allFeatures('6502', ['Turbo', 'turbo'])).toEqual(['turbo']);
  });

  it('let a guest go to a newer processor and not to an older one', () => {
    expect(cpuObstacle(cpu('Intel', 'Penryn'), cpu('Intel', 'Nehalem'))).toBeUndefined();
    expect(cpuObstacle(cpu('Intel', 'Nehalem'), cpu('Intel', 'Penryn'))).toBe('a processor without popcnt, sse4.2');
    expect(cpuObstacle(cpu('Intel', 'Merom', 'vmx5'), cpu('Intel', 'Nehalem'))).toContain('without vmx5');
  });

  it('let no guest cross between vendors', () => {
    expect(cpuObstacle(cpu('Intel', 'Merom'), cpu('AMD', 'Zen'))).toBe('an AMD processor instead of Intel');
  });
});
