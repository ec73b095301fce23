// Sessions of the account as a list has them. Knows nothing of VS Code.
import type { ListedSession, SessionList } from './protocol';

/** The states in which a session costs nothing any more. */
const ENDED = ['STOPPED', 'FAILED', 'TIMEOUT'];

const WHOSE: Record<string, string> = { here: 'of this window', 'on-record': 'of a glue-ls', other: 'of somebody else' };

export function hasEnded({ status }: ListedSession): boolean {
  return ENDED.includes(status);
}

/** What a session is called: the file that has it, else its id. */
export function nameOf({ document, sessionId }: ListedSession): string {
  return document?.split(/[\\/]/).filter((part) => part !== '').at(-1) ?? sessionId;
}

/** What is to be seen in a narrow row, what matters most first. For example "$0.12, 12 min, READY, 5 × G.1X". */
export function brief(session: ListedSession): string {
  const { status, workers, ageSeconds, cost } = session;
  const age = ageSeconds === undefined || hasEnded(session) ? undefined : ageText(ageSeconds);
  const money = cost === undefined ? undefined : `$${cost.toFixed(2)}`;
  return [money, age, status, workers].filter((part) => part !== undefined).join(', ');
}

/** For example "about $0.12, 12 min, READY, 5 × G.1X, of this window". */
export function describe(session: ListedSession): string {
  const about = session.estimate && session.cost !== undefined ? 'about ' : '';
  return [about + brief(session), WHOSE[session.whose]].filter((part) => part !== undefined).join(', ');
}

/** All that is known of a session, in lines. */
export function details(session: ListedSession): string {
  const { sessionId, document, glueVersion, tags } = session;
  const lines = [sessionId, describe(session)];
  if (document !== undefined) lines.push(document);
  if (glueVersion !== undefined) lines.push(`Glue ${glueVersion}`);
  lines.push(...tags.map(([key, value]) => `${key} = ${value}`));
  return lines.join('\n');
}

/** For example "40 s", "12 min", "3 h 5 min", "2 d 4 h". */
export function ageText(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return `${whole} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** Where the sessions are, and that there are more, in a few words. */
export function summary({ region, more }: SessionList): string {
  return [region, more ? 'the newest only' : undefined].filter((part) => part !== undefined).join(', ');
}
