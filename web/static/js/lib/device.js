/** "Mozilla/5.0 (X11; Linux x86_64) … Chrome/141.0" -> "Chrome on Linux": enough to know one's own device again. */

const PROGRAMS = [
  [/Edg(?:e|A|iOS)?\//, "Edge"],
  [/OPR\/|Opera/, "Opera"],
  [/Firefox\/|FxiOS\//, "Firefox"],
  [/Chrome\/|CriOS\/|Chromium\//, "Chrome"],
  [/Safari\//, "Safari"],
];
const SYSTEMS = [
  [/iPhone/, "iPhone"],
  [/iPad/, "iPad"],
  [/Android/, "Android"],
  [/Windows/, "Windows"],
  [/Mac OS X|Macintosh/, "Mac"],
  [/CrOS/, "ChromeOS"],
  [/Linux/, "Linux"],
];

const first = (table, agent) => table.find(([pattern]) => pattern.test(agent))?.[1];

export function deviceName(agent) {
  if (!agent) return "A device that did not say its name";
  const program = first(PROGRAMS, agent);
  const system = first(SYSTEMS, agent);
  if (!program) return agent.length > 60 ? `${agent.slice(0, 59)}…` : agent;
  return system ? `${program} on ${system}` : program;
}
