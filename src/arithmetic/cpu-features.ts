/**
 * What each processor generation can do, for the check that a guest finds again on another host what it has seen.
 * The steps are those of VMware's EVC baselines (design/algorithms.md 9.6); each has all that the ones before it have.
 */
const intel: readonly (readonly [family: string, added: readonly string[]])[] = [
  ['merom', ['cmov', 'cx8', 'mmx', 'fxsr', 'sse', 'sse2', 'nx', 'lm', 'sse3', 'cx16', 'lahf_lm', 'ssse3']],
  ['penryn', ['sse4.1']],
  ['nehalem', ['sse4.2', 'popcnt']],
  ['westmere', ['aes', 'pclmulqdq']],
  ['sandybridge', ['xsave', 'avx']],
  ['ivybridge', ['f16c', 'rdrand', 'fsgsbase', 'erms']],
  ['haswell', ['avx2', 'bmi1', 'bmi2', 'fma', 'movbe', 'lzcnt', 'invpcid']],
  ['broadwell', ['adx', 'rdseed', 'smap']],
  ['skylake', ['xsavec', 'avx512f', 'avx512cd', 'avx512bw', 'avx512dq', 'avx512vl', 'clwb']],
];
const amd: readonly (readonly [family: string, added: readonly string[]])[] = [
  ['reve', ['cmov', 'cx8', 'mmx', 'fxsr', 'sse', 'sse2', 'nx', 'lm', 'sse3']],
  ['revf', ['cx16', 'lahf_lm', 'rdtscp']],
  ['greyhound', ['sse4a', 'abm', 'popcnt', 'misalignsse', 'cr8_legacy']],
  ['bulldozer', ['ssse3', 'sse4.1', 'sse4.2', 'aes', 'pclmulqdq', 'xsave', 'avx', 'xop', 'fma4']],
  ['piledriver', ['f16c', 'fma', 'bmi1', 'tbm']],
  ['zen', ['avx2', 'bmi2', 'rdrand', 'rdseed', 'smap', 'adx', 'movbe']],
];
const aliases: Readonly<Record<string, string>> = {
  core2: 'merom',
  conroe: 'merom',
  harpertown: 'penryn',
  gulftown: 'westmere',
  opteron: 'revf',
  rev: 'reve',
  barcelona: 'greyhound',
  shanghai: 'greyhound',
  istanbul: 'greyhound',
  magnycours: 'greyhound',
  interlagos: 'bulldozer',
  naples: 'zen',
  rome: 'zen',
};

/** A processor as a host has it, or as a guest was shown it. */
export interface CpuIdentity {
  readonly vendor: string;
  readonly features: readonly string[];
}

/** `Sandy Bridge`, `sandybridge` and `intel-sandybridge` are one. */
function familyKey(name: string): string {
  const key = name
    .toLowerCase()
    .replace(/^(intel|amd)[^a-z0-9]+/, '')
    .replace(/[^a-z0-9]/g, '');
  return aliases[key] ?? key;
}

/** Everything that a processor of this family can do, sorted; empty for a family that is not known. */
export function featuresOfFamily(family: string): string[] {
  const key = familyKey(family);
  for (const steps of [intel, amd]) {
    const index = steps.findIndex(([name]) => name === key);
    if (index >= 0) {
      return steps
        .slice(0, index + 1)
        .flatMap(([, added]) => added)
        .sort();
    }
  }
  return [];
}

/** All that a processor can do: by its family, and what it is said to have besides. */
export function allFeatures(family: string, features: readonly string[]): string[] {
  return [...new Set([...featuresOfFamily(family), ...features.map((name) => name.toLowerCase())])].sort();
}

/** Why what was seen on one processor cannot go on with another, or undefined when it can. */
export function cpuObstacle(seen: CpuIdentity, offered: CpuIdentity): string | undefined {
  if (seen.vendor.toLowerCase() !== offered.vendor.toLowerCase()) {
    return `an ${offered.vendor} processor instead of ${seen.vendor}`;
  }
  const missing = seen.features.filter((name) => !offered.features.includes(name));
  return missing.length === 0 ? undefined : `a processor without ${missing.join(', ')}`;
}
