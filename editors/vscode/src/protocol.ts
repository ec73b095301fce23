// What is said between the server and this client about running cells, beyond the LSP. The server is this
// extension's own, but it may be of another version: what does not have the expected shape is passed over.

/** The names of the server's commands; those that the user sees have ids of their own (`glueLs.*`). */
export const COMMANDS = {
  runCell: 'glue-ls.runCell',
  runAllCells: 'glue-ls.runAllCells',
  cancel: 'glue-ls.cancel',
  startSession: 'glue-ls.startSession',
  stopSession: 'glue-ls.stopSession',
  restartSession: 'glue-ls.restartSession',
  attachSession: 'glue-ls.attachSession',
  sessionStatus: 'glue-ls.sessionStatus',
  showPlan: 'glue-ls.showPlan',
  refreshAccount: 'glue-ls.refreshAccount',
  loadNames: 'glue-ls.loadNames',
  doctor: 'glue-ls.doctor',
  showOutput: 'glue-ls.showOutput',
  listSessions: 'glue-ls.listSessions',
  listNames: 'glue-ls.listNames',
} as const;

export const CELL_STATE = 'glue-ls/cellState';
export const CELL_OUTPUT = 'glue-ls/cellOutput';
export const SESSION_STATE = 'glue-ls/sessionState';
export const ACCOUNT_STATE = 'glue-ls/accountState';
export const ACCOUNT_NEWS = 'glue-ls/accountNews';
/** To the server: what a kernel that is not ours does with a cell. */
export const OBSERVED = 'glue-ls/observed';

const CELL_STATES = ['queued', 'starting-session', 'running', 'ok', 'error', 'cancelled'] as const;

export interface CellState {
  /** The notebook's URI. */
  uri: string;
  /** The cell's URI. */
  cell: string;
  runId: number;
  state: (typeof CELL_STATES)[number];
  /** Milliseconds since 1970, once something has begun. */
  startedAt: number | undefined;
  elapsedMs: number | undefined;
  /** Why it is so, for people. */
  message: string | undefined;
  /** What to do next. */
  actions: Action[];
  /** Behind the last cell of a run on AWS: what the run took and cost, for people. */
  receipt: string | undefined;
}

export interface CellOutput {
  uri: string;
  cell: string;
  /** Missing where no run has brought them: a session had shown them before, or they were cleared. */
  runId: number | undefined;
  /** Outputs of the notebook format. */
  outputs: unknown[];
  /** Some of them as HTML, by their place. */
  tables: ReadonlyMap<number, string>;
  /** Whether they take the place of what the cell has. */
  replace: boolean;
  /** The statement of a session that shows them, where no run has. */
  restored: Restored | undefined;
}

/** A statement of a session that the notebook has come to. */
export interface Restored {
  /** The service's word. */
  state: string;
  /** Milliseconds since 1970. */
  startedAt: number | undefined;
  completedAt: number | undefined;
}

export interface SessionState {
  uri: string;
  sessionId: string | undefined;
  /** `local` or `aws`. */
  engine: string;
  /** The service's word; there is no session where it is missing. */
  status: string | undefined;
  /** Number and type, for example "5 × G.1X". */
  workers: string | undefined;
  /** US dollars. */
  costSoFar: number | undefined;
  costPerHour: number | undefined;
  /** Milliseconds since 1970 from which on nothing has run in it, where the server knows. */
  idleSince: number | undefined;
  /** Whether another kernel has created it, and is seen to use it. */
  observed: boolean;
  message: string | undefined;
  /** How many sessions of earlier servers may still be alive. */
  survivors: number;
  /** What to do next. */
  actions: Action[];
}

export interface Action {
  title: string;
  command: string;
  arguments: unknown[];
}

/** A run has begun, with what to do after it, or why it has not and what can be done about it. */
export type Answer = Begun | { reason: string; message: string; actions: Action[] };
export interface Begun {
  runId: number;
  message: string | undefined;
  actions: Action[];
}

export type Fields = Record<string, unknown>;

export const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
export const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

/** Which cell of which run a notification speaks of. A script's cells are ordinals, and show in no notebook. */
function place(fields: Fields): { uri: string; cell: string } | undefined {
  const { uri, cell } = { uri: text(fields['uri']), cell: text(fields['cell']) };
  return uri === undefined || cell === undefined ? undefined : { uri, cell };
}

export function actionsOf(fields: Fields): Action[] {
  const actions = Array.isArray(fields['actions']) ? fields['actions'] : [];
  return actions.filter(isFields).flatMap((action) => {
    const [title, command] = [text(action['title']), text(action['command'])];
    const given = Array.isArray(action['arguments']) ? action['arguments'] : [];
    return title === undefined || command === undefined ? [] : [{ title, command, arguments: given }];
  });
}

export function cellState(params: unknown): CellState | undefined {
  if (!isFields(params)) return undefined;
  const where = place(params);
  const runId = number(params['runId']);
  const state = CELL_STATES.find((name) => name === params['state']);
  if (where === undefined || runId === undefined || state === undefined) return undefined;
  const [startedAt, elapsedMs] = [number(params['startedAt']), number(params['elapsedMs'])];
  const receipt = isFields(params['receipt']) ? text(params['receipt']['text']) : undefined;
  return { ...where, runId, state, startedAt, elapsedMs, message: text(params['message']), actions: actionsOf(params), receipt };
}

export function cellOutput(params: unknown): CellOutput | undefined {
  if (!isFields(params)) return undefined;
  const where = place(params);
  const outputs = params['outputs'];
  const runId = number(params['runId']);
  if (where === undefined || !Array.isArray(outputs) || (runId === undefined && params['runId'] !== null)) return undefined;
  const tables = new Map<number, string>();
  for (const table of Array.isArray(params['tables']) ? params['tables'].filter(isFields) : []) {
    const [output, html] = [number(table['output']), text(table['html'])];
    if (output !== undefined && html !== undefined) tables.set(output, html);
  }
  return { ...where, runId, outputs, tables, replace: params['replace'] === true, restored: restored(params['restored']) };
}

function restored(params: unknown): Restored | undefined {
  const state = isFields(params) ? text(params['state']) : undefined;
  if (!isFields(params) || state === undefined) return undefined;
  return { state, startedAt: number(params['startedAt']), completedAt: number(params['completedAt']) };
}

export function sessionState(params: unknown): SessionState | undefined {
  if (!isFields(params)) return undefined;
  const uri = text(params['uri']);
  if (uri === undefined) return undefined;
  return {
    uri,
    sessionId: text(params['sessionId']),
    engine: text(params['engine']) ?? 'local',
    status: text(params['status']),
    workers: text(params['workers']),
    costSoFar: number(params['costSoFar']),
    costPerHour: number(params['costPerHour']),
    idleSince: number(params['idleSince']),
    observed: params['observed'] === true,
    message: text(params['message']),
    survivors: Array.isArray(params['survivors']) ? params['survivors'].length : 0,
    actions: actionsOf(params),
  };
}

/** Why nothing can be looked up in the account. */
export interface AccountTrouble {
  profile: string | undefined;
  message: string;
  remedy: string;
  requiresReauth: boolean;
}

export function accountTroubles(params: unknown): AccountTrouble[] {
  const troubles = isFields(params) && Array.isArray(params['troubles']) ? params['troubles'] : [];
  return troubles.filter(isFields).flatMap((trouble) => {
    const [message, remedy] = [text(trouble['message']), text(trouble['remedy'])];
    if (message === undefined || remedy === undefined) return [];
    return [{ profile: text(trouble['profile']), message, remedy, requiresReauth: trouble['requiresReauth'] === true }];
  });
}

/** Reads the answer to a command that begins a run; undefined for that of any other command. */
export function runAnswer(answer: unknown): Answer | undefined {
  if (!isFields(answer)) return undefined;
  const runId = number(answer['runId']);
  if (runId !== undefined) return { runId, message: text(answer['message']), actions: actionsOf(answer) };
  if (answer['state'] !== 'blocked') return undefined;
  return {
    reason: text(answer['reason']) ?? 'not-runnable',
    message: text(answer['message']) ?? 'The server does not run this.',
    actions: actionsOf(answer),
  };
}

/** A session of the account, as the server lists it. */
export interface ListedSession {
  sessionId: string;
  status: string;
  ageSeconds: number | undefined;
  workers: string | undefined;
  glueVersion: string | undefined;
  /** US dollars; missing for a session that costs nothing. */
  cost: number | undefined;
  estimate: boolean;
  tags: [string, string][];
  /** `here`, `on-record` or `other`. */
  whose: string;
  /** Where the document is whose session it is, or was. */
  document: string | undefined;
  actions: Action[];
}

export interface SessionList {
  region: string | undefined;
  /** Whether there are more than those. */
  more: boolean;
  sessions: ListedSession[];
}

export function sessionList(answer: unknown): SessionList | undefined {
  if (!isFields(answer) || !Array.isArray(answer['sessions'])) return undefined;
  const sessions = answer['sessions'].filter(isFields).flatMap((session): ListedSession[] => {
    const [sessionId, status] = [text(session['sessionId']), text(session['status'])];
    if (sessionId === undefined || status === undefined) return [];
    const tags = Object.entries(isFields(session['tags']) ? session['tags'] : {});
    return [{
      sessionId,
      status,
      ageSeconds: number(session['ageSeconds']),
      workers: text(session['workers']),
      glueVersion: text(session['glueVersion']),
      cost: number(session['cost']),
      estimate: session['estimate'] === true,
      tags: tags.flatMap(([key, value]) => (typeof value === 'string' ? [[key, value] as [string, string]] : [])),
      whose: text(session['whose']) ?? 'other',
      document: text(session['document']),
      actions: actionsOf(session),
    }];
  });
  return { region: text(answer['region']), more: answer['more'] === true, sessions };
}

/** Where there is more to see of a session. */
export interface SessionPages {
  dashboard: string | undefined;
  /** Why there is no dashboard. */
  dashboardError: string | undefined;
  logs: string | undefined;
}

export function sessionPages(answer: unknown): SessionPages {
  const fields = isFields(answer) ? answer : {};
  return { dashboard: page(fields['dashboardUrl']), dashboardError: text(fields['dashboardError']), logs: page(fields['logsUrl']) };
}

/** An address that a browser may be sent to. */
function page(value: unknown): string | undefined {
  return text(value)?.startsWith('https://') ? text(value) : undefined;
}
