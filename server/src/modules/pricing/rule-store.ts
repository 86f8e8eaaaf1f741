import { and, desc, eq, inArray, sql } from 'drizzle-orm'
import { conflict, notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import { type ChangeMade, type HistoryEntry, type Rule, type RuleChange, RuleTerms } from './contract'
import { checkedTerms, type StoredRule } from './price-rule'

type Version = typeof tables.priceRuleVersions.$inferSelect
type Database = Pick<Postgres['db'], 'select' | 'insert'>
type Write = { ruleId: string; version: number; action: Version['action']; terms: RuleTerms | null }

const versions = tables.priceRuleVersions

/** The organization's rules as they stand now, oldest first. */
export async function listRules(database: Database, scope: Scope): Promise<StoredRule[]> {
  return standing(await latestVersions(database, scope))
}

/** The number of the newest version: it grows with every change of any rule. */
export async function newestVersion(postgres: Postgres, scope: Scope): Promise<number> {
  const [row] = await postgres.db
    .select({ seq: sql<string | null>`max(${versions.seq})` })
    .from(versions)
    .where(eq(versions.organizationId, scope.organizationId))
  return Number(row?.seq ?? 0)
}

/** @throws Failure `invalid_price`. */
export function addRule(postgres: Postgres, scope: Scope, given: RuleTerms): Promise<ChangeMade> {
  return change(postgres, scope, (rules) => [
    { ruleId: newId(), version: 1, action: 'added', terms: checkedTerms(given, rules) },
  ])
}

/**
 * Corrects a rule, or ends it at `effectiveFrom` and lets a new one follow. Nothing is overwritten.
 * @throws Failure `invalid_price`, `price_not_found`, `price_changed` when somebody else was faster.
 */
export function changeRule(
  postgres: Postgres,
  scope: Scope,
  id: string,
  { terms, version, effectiveFrom }: RuleChange,
): Promise<ChangeMade> {
  return change(postgres, scope, (rules) => {
    const before = found(rules, id)
    if (before.version !== version) throw changedMeanwhile()
    const others = rules.filter((rule) => rule.id !== id)
    if (effectiveFrom === null)
      return [{ ruleId: id, version: version + 1, action: 'changed', terms: checkedTerms(terms, others) }]
    const ended = checkedTerms({ ...before.terms, to: effectiveFrom }, others)
    const next = checkedTerms({ ...terms, from: effectiveFrom }, [...others, { ...before, terms: ended }])
    return [
      { ruleId: id, version: version + 1, action: 'changed', terms: ended },
      { ruleId: newId(), version: 1, action: 'added', terms: next },
    ]
  })
}

/** @throws Failure `price_not_found`. */
export function removeRule(postgres: Postgres, scope: Scope, id: string): Promise<ChangeMade> {
  return change(postgres, scope, (rules) => [
    { ruleId: id, version: found(rules, id).version + 1, action: 'removed', terms: null },
  ])
}

/**
 * Puts every rule of a change back to how it was before, as new versions.
 * @throws Failure `change_not_found`, or `price_changed` where a later change touched one of its rules.
 */
export function undoChange(postgres: Postgres, scope: Scope, changeId: string): Promise<ChangeMade> {
  return change(postgres, scope, async (_, database) => {
    const made = await database
      .select()
      .from(versions)
      .where(and(eq(versions.organizationId, scope.organizationId), eq(versions.changeId, changeId)))
    if (made.length === 0) throw notFound('change_not_found', 'There is no such change of prices.')
    const all = await versionsOf(
      database,
      scope,
      made.map((version) => version.ruleId),
    )
    return made.map((version): Write => {
      const own = all.filter((each) => each.ruleId === version.ruleId)
      const newest = Math.max(...own.map((each) => each.version))
      if (newest !== version.version) throw changedMeanwhile()
      const before = own.find((each) => each.version === version.version - 1)
      return {
        ruleId: version.ruleId,
        version: newest + 1,
        action: 'undone',
        terms: before?.terms ? RuleTerms.parse(before.terms) : null,
      }
    })
  })
}

/** Who changed what, newest first; of one rule or of all. */
export async function ruleHistory(postgres: Postgres, scope: Scope, ruleId?: string): Promise<HistoryEntry[]> {
  const rows = await postgres.db
    .select()
    .from(versions)
    .where(
      and(
        eq(versions.organizationId, scope.organizationId),
        ruleId === undefined ? undefined : eq(versions.ruleId, ruleId),
      ),
    )
    .orderBy(desc(versions.seq))
    .limit(1000)
  const termsOf = (row: Version | undefined) => (row?.terms ? RuleTerms.parse(row.terms) : null)
  const newest = new Map<string, number>()
  for (const row of rows) newest.set(row.ruleId, Math.max(newest.get(row.ruleId) ?? 0, row.version))
  const stale = new Set(rows.filter((row) => newest.get(row.ruleId) !== row.version).map((row) => row.changeId))
  const byKey = new Map(rows.map((row) => [`${row.ruleId} ${row.version}`, row]))
  return rows.map((row) => ({
    changeId: row.changeId,
    ruleId: row.ruleId,
    version: row.version,
    action: row.action,
    before: termsOf(byKey.get(`${row.ruleId} ${row.version - 1}`)),
    after: termsOf(row),
    recordedAt: row.recordedAt.toISOString(),
    recordedBy: row.recordedBy,
    undoable: !stale.has(row.changeId),
  }))
}

/** One change in one transaction: reads the rules, decides, adds versions and an entry of the audit trail. */
async function change(
  postgres: Postgres,
  scope: Scope,
  decide: (rules: StoredRule[], database: Database) => Write[] | Promise<Write[]>,
): Promise<ChangeMade> {
  const changeId = newId()
  try {
    return await postgres.db.transaction(async (tx) => {
      const writes = await decide(await listRules(tx, scope), tx)
      const rows = await tx
        .insert(versions)
        .values(
          writes.map((write) => ({
            ...write,
            changeId,
            organizationId: scope.organizationId,
            recordedBy: scope.actor,
          })),
        )
        .returning()
      await tx.insert(tables.audit).values({
        id: newId(),
        organizationId: scope.organizationId,
        actor: scope.actor,
        action: 'prices.changed',
        subject: changeId,
        details: { rules: writes.map(({ ruleId, version, action }) => ({ ruleId, version, action })) },
      })
      return { changeId, rules: standing(rows).map(toRule) }
    })
  } catch (error) {
    // Two changes of one rule at the same time: both wrote the same next version.
    if (isUniqueViolation(error)) throw changedMeanwhile()
    throw error
  }
}

const isUniqueViolation = (error: unknown): boolean =>
  (error as { code?: string }).code === '23505' || (error as { cause?: { code?: string } }).cause?.code === '23505'

async function latestVersions(database: Database, scope: Scope): Promise<Version[]> {
  const rows = await database
    .select()
    .from(versions)
    .where(
      and(
        eq(versions.organizationId, scope.organizationId),
        sql`NOT EXISTS (SELECT 1 FROM price_rule_versions AS later WHERE later.organization_id = ${versions.organizationId}
          AND later.rule_id = ${versions.ruleId} AND later.version > ${versions.version})`,
      ),
    )
    .orderBy(versions.seq)
  return rows
}

function versionsOf(database: Database, scope: Scope, ruleIds: string[]): Promise<Version[]> {
  return database
    .select()
    .from(versions)
    .where(and(eq(versions.organizationId, scope.organizationId), inArray(versions.ruleId, ruleIds)))
}

function standing(rows: Version[]): StoredRule[] {
  return rows.flatMap(({ ruleId, version, terms, recordedAt, recordedBy }) =>
    terms === null ? [] : [{ id: ruleId, version, terms: RuleTerms.parse(terms), recordedAt, recordedBy }],
  )
}

export function toRule({ recordedAt, ...rule }: StoredRule): Rule {
  return { ...rule, recordedAt: recordedAt.toISOString() }
}

function found(rules: StoredRule[], id: string): StoredRule {
  const rule = rules.find((each) => each.id === id)
  if (!rule) throw notFound('price_not_found', 'There is no such price any more. Load the page again.')
  return rule
}

const changedMeanwhile = () =>
  conflict('price_changed', 'This price was changed in the meantime. Load it again, then repeat your change.')
