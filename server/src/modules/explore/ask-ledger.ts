import type { Scope } from '../../primitives/scope'
import { answerQuestion } from './answer-question'
import { type QueryAnswer, QueryRequest } from './contract'
import type { Explorer } from './explorer'

/** A question of another module, as the route would take it: absent parts get the same defaults. */
export function askLedger(explorer: Explorer, scope: Scope, question: QueryRequest): Promise<QueryAnswer> {
  return answerQuestion(explorer, scope, QueryRequest.parse(question))
}
