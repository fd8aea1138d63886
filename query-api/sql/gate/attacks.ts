import { CLAUSES } from './attacks/clauses.ts'
import { FUNCTION_CALLS } from './attacks/functions.ts'
import { LEXIS } from './attacks/lexis.ts'
import { STATEMENTS } from './attacks/statements.ts'
import { TABLES } from './attacks/tables.ts'
import { TYPES } from './attacks/types.ts'

/**
 * Statements that must never run. The route puts each of them before the gate when it opens, with the engine that is
 * there, and stays closed if one gets through. A hole that is found becomes a line here.
 */
export const ATTACKS: readonly string[] = [...STATEMENTS, ...CLAUSES, ...FUNCTION_CALLS, ...TABLES, ...TYPES, ...LEXIS]
