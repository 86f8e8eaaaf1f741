import { and, desc, eq, gt } from 'drizzle-orm'
import { conflict, notFound } from '../../primitives/errors'
import { newId } from '../../primitives/ids'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import { hashOf } from './canonical'
import { RuleDocument } from './contract'

const ruleSets = tables.allocationRuleSets

export type StoredRuleSet = {
  version: number
  basedOn: number
  document: RuleDocument
  hash: string
  note: string
  actor: string
  at: string | null
}

export const emptyDocument = RuleDocument.parse({ version: 1 })
const nothingPublished: StoredRuleSet = {
  version: 0,
  basedOn: 0,
  document: emptyDocument,
  hash: hashOf(emptyDocument),
  note: '',
  actor: 'system',
  at: null,
}

const toRuleSet = (row: typeof ruleSets.$inferSelect): StoredRuleSet => ({
  version: row.version,
  basedOn: row.basedOn,
  document: RuleDocument.parse(row.document),
  hash: row.hash,
  note: row.note,
  actor: row.actor,
  at: row.at.toISOString(),
})

/** The rule set in force, or one of the past. Before anything was published that is version 0 without rules. @throws Failure `rule_set_not_found` */
export async function readRuleSet(postgres: Postgres, scope: Scope, version?: number): Promise<StoredRuleSet> {
  const [row] = await postgres.db
    .select()
    .from(ruleSets)
    .where(
      and(
        eq(ruleSets.organizationId, scope.organizationId),
        version === undefined ? gt(ruleSets.version, 0) : eq(ruleSets.version, version),
      ),
    )
    .orderBy(desc(ruleSets.version))
    .limit(1)
  if (row && row.version > 0) return toRuleSet(row)
  if (version === undefined || version === 0) return nothingPublished
  throw notFound('rule_set_not_found', `There is no version ${version} of the rules.`)
}

export async function listRuleSets(postgres: Postgres, scope: Scope): Promise<StoredRuleSet[]> {
  const rows = await postgres.db
    .select()
    .from(ruleSets)
    .where(and(eq(ruleSets.organizationId, scope.organizationId), gt(ruleSets.version, 0)))
    .orderBy(desc(ruleSets.version))
    .limit(200)
  return rows.map(toRuleSet)
}

/** What is being worked on; the rule set in force where nothing is. */
export async function readDraft(postgres: Postgres, scope: Scope): Promise<StoredRuleSet & { changed: boolean }> {
  const [row] = await postgres.db
    .select()
    .from(ruleSets)
    .where(and(eq(ruleSets.organizationId, scope.organizationId), eq(ruleSets.version, 0)))
  const published = await readRuleSet(postgres, scope)
  if (!row) return { ...published, basedOn: published.version, changed: false }
  const draft = toRuleSet(row)
  return { ...draft, changed: draft.hash !== published.hash }
}

export async function writeDraft(
  postgres: Postgres,
  scope: Scope,
  document: RuleDocument,
  basedOn: number,
): Promise<void> {
  const row = {
    organizationId: scope.organizationId,
    version: 0,
    basedOn,
    document,
    hash: hashOf(document),
    note: '',
    actor: scope.actor,
    at: new Date(),
  }
  await postgres.db
    .insert(ruleSets)
    .values(row)
    .onConflictDoUpdate({ target: [ruleSets.organizationId, ruleSets.version], set: row })
}

/** Drops what is being worked on. */
export async function discardDraft(postgres: Postgres, scope: Scope): Promise<void> {
  await postgres.db
    .delete(ruleSets)
    .where(and(eq(ruleSets.organizationId, scope.organizationId), eq(ruleSets.version, 0)))
}

/**
 * Puts a document in force as the next version. The same document again changes nothing.
 * @throws Failure `rules_changed_meanwhile` when another version than `basedOn` is in force
 */
export async function publishRuleSet(
  postgres: Postgres,
  scope: Scope,
  document: RuleDocument,
  basedOn: number,
  note: string,
): Promise<{ ruleSet: StoredRuleSet; changed: boolean }> {
  const current = await readRuleSet(postgres, scope)
  if (current.version !== basedOn) throw changedMeanwhile(current.version, basedOn)
  const hash = hashOf(document)
  if (current.version > 0 && current.hash === hash) {
    await discardDraft(postgres, scope)
    return { ruleSet: current, changed: false }
  }
  const row = await postgres.db.transaction(async (tx) => {
    const [stored] = await tx
      .insert(ruleSets)
      .values({
        organizationId: scope.organizationId,
        version: basedOn + 1,
        basedOn,
        document,
        hash,
        note,
        actor: scope.actor,
      })
      .onConflictDoNothing()
      .returning()
    if (!stored) throw changedMeanwhile(basedOn + 1, basedOn)
    await tx.delete(ruleSets).where(and(eq(ruleSets.organizationId, scope.organizationId), eq(ruleSets.version, 0)))
    await tx.insert(tables.audit).values({
      id: newId(),
      organizationId: scope.organizationId,
      actor: scope.actor,
      action: 'allocation.rules_published',
      subject: String(basedOn + 1),
      details: { hash, note },
    })
    return stored
  })
  return { ruleSet: toRuleSet(row), changed: true }
}

const changedMeanwhile = (current: number, basedOn: number) =>
  conflict(
    'rules_changed_meanwhile',
    `Version ${current} of the rules is in force now, and this change was made on version ${basedOn}. Look at what changed, then publish again.`,
    { current, basedOn },
  )
