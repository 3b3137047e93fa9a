/** What a host's power and connection mean, in words for people: the same in every condition and event. */

const powers: Readonly<Record<string, string>> = {
  On: 'its power is on',
  Off: 'it is switched off',
  PoweringOn: 'it is booting',
  PoweringOff: 'it is shutting down',
  EnteringStandby: 'it is going to standby',
  Standby: 'it is asleep, and quick to wake',
  ExitingStandby: 'it is waking from standby',
  Failed: 'its hypervisor does not run: it crashed, or did not come up',
};

/** @param lostPower whether it is off because its power went */
export function powerWords(power: string, lostPower = false): string {
  if (lostPower) return 'it has no power, and comes up when that is back';
  return powers[power] ?? `its power is ${power}`;
}

const connections: Readonly<Record<string, string>> = {
  Connected: 'its management agent answers',
  NotResponding: 'its management agent does not answer: it may hang, or be cut off',
  Isolated: 'it is cut off from every other host',
  Partitioned: 'it is cut off from some of the other hosts',
  AgentDown: 'its management agent is dead; its VMs run on',
  Dead: 'it is dead: neither its network nor its datastores show a sign of it',
};

/** Of a host that does not run, its power says why it does not answer. */
export function connectionWords(connection: string, power: string, lostPower = false): string {
  if (connection === 'Disconnected' || power === 'Failed') return powerWords(power, lostPower);
  return connections[connection] ?? `its connection is ${connection}`;
}
