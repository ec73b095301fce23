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
} as const;

export const CELL_STATE = 'glue-ls/cellState';
export const CELL_OUTPUT = 'glue-ls/cellOutput';
export const SESSION_STATE = 'glue-ls/sessionState';
export const ACCOUNT_STATE = 'glue-ls/accountState';
export const ACCOUNT_NEWS = 'glue-ls/accountNews';

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
}

export interface CellOutput {
  uri: string;
  cell: string;
  runId: number;
  /** Outputs of the notebook format. */
  outputs: unknown[];
  /** Some of them as HTML, by their place. */
  tables: ReadonlyMap<number, string>;
  /** Whether they take the place of what the cell has. */
  replace: boolean;
}

export interface SessionState {
  uri: string;
  /** `local` or `aws`. */
  engine: string;
  /** The service's word; there is no session where it is missing. */
  status: string | undefined;
  /** Number and type, for example "5 × G.1X". */
  workers: string | undefined;
  /** US dollars. */
  costSoFar: number | undefined;
  message: string | undefined;
  /** How many sessions of earlier servers may still be alive. */
  survivors: number;
}

export interface Action {
  title: string;
  command: string;
  arguments: unknown[];
}

/** A run has begun, or why it has not and what can be done about it. */
export type Answer = { runId: number } | { reason: string; message: string; actions: Action[] };

type Fields = Record<string, unknown>;

const isFields = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined);
const number = (value: unknown): number | undefined => (typeof value === 'number' && Number.isFinite(value) ? value : undefined);

/** Which cell of which run a notification speaks of. A script's cells are ordinals, and show in no notebook. */
function place(fields: Fields): { uri: string; cell: string; runId: number } | undefined {
  const { uri, cell, runId } = { uri: text(fields['uri']), cell: text(fields['cell']), runId: number(fields['runId']) };
  return uri === undefined || cell === undefined || runId === undefined ? undefined : { uri, cell, runId };
}

export function cellState(params: unknown): CellState | undefined {
  if (!isFields(params)) return undefined;
  const where = place(params);
  const state = CELL_STATES.find((name) => name === params['state']);
  if (where === undefined || state === undefined) return undefined;
  const [startedAt, elapsedMs] = [number(params['startedAt']), number(params['elapsedMs'])];
  return { ...where, state, startedAt, elapsedMs, message: text(params['message']) };
}

export function cellOutput(params: unknown): CellOutput | undefined {
  if (!isFields(params)) return undefined;
  const where = place(params);
  const outputs = params['outputs'];
  if (where === undefined || !Array.isArray(outputs)) return undefined;
  const tables = new Map<number, string>();
  for (const table of Array.isArray(params['tables']) ? params['tables'].filter(isFields) : []) {
    const [output, html] = [number(table['output']), text(table['html'])];
    if (output !== undefined && html !== undefined) tables.set(output, html);
  }
  return { ...where, outputs, tables, replace: params['replace'] === true };
}

export function sessionState(params: unknown): SessionState | undefined {
  if (!isFields(params)) return undefined;
  const uri = text(params['uri']);
  if (uri === undefined) return undefined;
  return {
    uri,
    engine: text(params['engine']) ?? 'local',
    status: text(params['status']),
    workers: text(params['workers']),
    costSoFar: number(params['costSoFar']),
    message: text(params['message']),
    survivors: Array.isArray(params['survivors']) ? params['survivors'].length : 0,
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
  if (runId !== undefined) return { runId };
  if (answer['state'] !== 'blocked') return undefined;
  const actions = Array.isArray(answer['actions']) ? answer['actions'] : [];
  return {
    reason: text(answer['reason']) ?? 'not-runnable',
    message: text(answer['message']) ?? 'The server does not run this.',
    actions: actions.filter(isFields).flatMap((action) => {
      const [title, command] = [text(action['title']), text(action['command'])];
      const given = Array.isArray(action['arguments']) ? action['arguments'] : [];
      return title === undefined || command === undefined ? [] : [{ title, command, arguments: given }];
    }),
  };
}
