/**
 * Where the published validation tool is known to judge otherwise than the text of the specification.
 * Whoever compares our verdicts with the tool's needs this list to tell a difference of reading from a mistake.
 */
export type ToolDifference = {
  readonly id: string
  readonly area: string
  readonly tool: string
  readonly specification: string
  /** Kinds of our checks whose verdict may differ. */
  readonly affects: readonly RuleKind[]
}

import type { RuleKind } from './rules'

export const officialToolDifferences: readonly ToolDifference[] = [
  {
    id: 'numeric-spelling',
    area: 'Numeric format',
    tool: 'accepts a leading plus, e and E, a signed exponent, a missing whole part, and trims blanks',
    specification: 'no plus sign, capital E only, no sign on a positive exponent',
    affects: ['format'],
  },
  {
    id: 'string-ascii',
    area: 'String format',
    tool: 'fails every character outside ASCII',
    specification: 'knows no such rule',
    affects: ['type', 'format'],
  },
  {
    id: 'date-native',
    area: 'Date/time format',
    tool: 'accepts native date types and, in the format check, text without the trailing Z',
    specification: 'demands YYYY-MM-DDTHH:mm:ssZ',
    affects: ['format'],
  },
  {
    id: 'product-exact',
    area: 'Unit price times quantity',
    tool: 'compares exactly, without any tolerance',
    specification: 'demands equality; generators round, so we allow the rounding and report the difference',
    affects: ['product'],
  },
  {
    id: 'unit-any-word',
    area: 'Unit format',
    tool: 'passes any word as a count unit, lacks milliseconds and microseconds, joins only time units',
    specification: 'has the wider grammar, at the level of SHOULD',
    affects: ['format'],
  },
  {
    id: 'decimal-integer',
    area: 'Decimal type',
    tool: 'knows decimal, double and float columns only; integers can fail, depending on the loader',
    specification: 'an integer is a valid number',
    affects: ['type'],
  },
  {
    id: 'csv-null-words',
    area: 'Nulls in CSV',
    tool: 'reads NULL, INVALID… and BAD_DATE as null',
    specification: 'only a real null is null',
    affects: ['not-null', 'null', 'null-together', 'type'],
  },
  {
    id: 'decimal-value-skipped',
    area: 'Decimal value check',
    tool: 'always skips it',
    specification: 'has the rule',
    affects: ['type'],
  },
  {
    id: 'commitment-status-inverted',
    area: 'CommitmentDiscountStatus-C-003-C and -C-004-C of the 1.2 model',
    tool: 'demands a status where CommitmentDiscountId is null: the model has both expressions the wrong way round',
    specification: 'null where the id is null, set where the id is set on usage, as the text of both rules says',
    affects: ['null', 'not-null'],
  },
  {
    id: 'dynamic-skipped',
    area: 'Dynamic rules, about a third of all',
    tool: 'never evaluates them',
    specification: 'binding all the same',
    affects: ['same', 'value', 'json', 'group-sum', 'order', 'one-parent'],
  },
]
