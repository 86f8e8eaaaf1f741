import { randomBytes } from 'node:crypto'
import { and, desc, eq } from 'drizzle-orm'
import { conflict, invalid, notFound } from '../../../primitives/errors'
import { newId } from '../../../primitives/ids'
import type { Scope } from '../../../primitives/scope'
import type { ClickHouse } from '../../../storage/clickhouse'
import { type Postgres, tables } from '../../../storage/postgres'
import type { AttributionMapping, AttributionMappingChange, AttributionVersion } from '../contract'
import {
  AttributionRules,
  type AttributionSettings,
  defaultAttribution,
  defaultSpellings,
  isContentName,
  mappedDimensions,
} from '../otlp'

// Another server learns of a change after this long; this one at once.
const rememberedForMs = 5_000
/** Days of promoted values that count against the bound after a start. */
const seenDays = 30
const versionsShown = 50

const { attributionSettings, attributionKeys } = tables

export type AttributionStore = ReturnType<typeof openAttributionStore>

/** An organization's attribution settings, with their history, and the rules made of them. */
export function openAttributionStore(deps: { postgres: Postgres; clickhouse: ClickHouse; now?: () => number }) {
  const { postgres, clickhouse } = deps
  const now = deps.now ?? Date.now
  const remembered = new Map<string, { version: string; rules: AttributionRules; until: number }>()

  const newest = async (scope: Scope) => {
    const [row] = await postgres.db
      .select()
      .from(attributionSettings)
      .where(eq(attributionSettings.organizationId, scope.organizationId))
      .orderBy(desc(attributionSettings.sequence))
      .limit(1)
    return row
  }
  const save = async (scope: Scope, settings: AttributionSettings, undoes: string | null) => {
    const id = newId()
    await postgres.db.transaction(async (tx) => {
      await tx.insert(attributionSettings).values({
        id,
        organizationId: scope.organizationId,
        settings: settings as unknown as Record<string, unknown>,
        undoes,
        changedBy: scope.actor,
      })
      await tx.insert(tables.audit).values({
        id: newId(),
        organizationId: scope.organizationId,
        actor: scope.actor,
        action: undoes === null ? 'attribution.changed' : 'attribution.undone',
        subject: id,
        details: { settings },
      })
    })
    remembered.delete(scope.organizationId)
  }

  return {
    /** What telemetry is attributed by. Cheap: asked with every request. */
    async rulesOf(scope: Scope): Promise<AttributionRules> {
      const known = remembered.get(scope.organizationId)
      if (known && known.until > now()) return known.rules
      const row = await newest(scope)
      const version = row?.id ?? 'none'
      if (known?.version === version) {
        known.until = now() + rememberedForMs
        return known.rules
      }
      const settings = row ? readSettings(row.settings) : defaultAttribution
      const key = settings.personalIdentifiers === 'hash' ? await keyOf(postgres, scope) : ''
      const rules = new AttributionRules(settings, key, await seenValues(clickhouse, scope, settings.promoted))
      remembered.set(scope.organizationId, { version, rules, until: now() + rememberedForMs })
      return rules
    },

    async get(scope: Scope): Promise<AttributionMapping> {
      const row = await newest(scope)
      const settings = row ? readSettings(row.settings) : defaultAttribution
      return {
        version: row?.id ?? null,
        mapping: Object.fromEntries(
          mappedDimensions.map((name) => [
            name,
            { attributes: [...(settings.mapping[name] ?? defaultSpellings[name])], isDefault: !settings.mapping[name] },
          ]),
        ) as AttributionMapping['mapping'],
        promoted: [...settings.promoted],
        personalIdentifiers: settings.personalIdentifiers,
        changedBy: row?.changedBy ?? null,
        changedAt: row?.changedAt.toISOString() ?? null,
      }
    },

    /**
     * Replaces what is given and leaves the rest; `null` for a dimension gives it the common spellings again.
     * Holds for what comes in afterwards. @throws `attribution_changed` when `version` is not the newest any more,
     * `invalid_attribute` for a name that carries content or stands twice.
     */
    async change(scope: Scope, change: AttributionMappingChange): Promise<void> {
      const row = await newest(scope)
      if (change.version !== undefined && change.version !== (row?.id ?? null)) {
        throw conflict('attribution_changed', 'Somebody else changed the mapping meanwhile. Load it again, then save.')
      }
      const before = row ? readSettings(row.settings) : defaultAttribution
      const mapping: Record<string, readonly string[]> = { ...before.mapping }
      for (const name of mappedDimensions) {
        const attributes = change.mapping?.[name]
        if (attributes === undefined) continue
        if (attributes === null) delete mapping[name]
        else mapping[name] = checkNames(attributes, name)
      }
      await save(
        scope,
        {
          mapping,
          promoted: change.promoted ? checkNames(change.promoted, 'promoted') : before.promoted,
          personalIdentifiers: change.personalIdentifiers ?? before.personalIdentifiers,
        },
        null,
      )
    },

    /** Newest first. */
    async history(scope: Scope): Promise<AttributionVersion[]> {
      const rows = await postgres.db
        .select()
        .from(attributionSettings)
        .where(eq(attributionSettings.organizationId, scope.organizationId))
        .orderBy(desc(attributionSettings.sequence))
        .limit(versionsShown)
      return rows.map((row) => ({
        version: row.id,
        changedBy: row.changedBy,
        changedAt: row.changedAt.toISOString(),
        undoes: row.undoes,
        settings: { ...readSettings(row.settings) } as AttributionVersion['settings'],
      }))
    },

    /** Takes one version back: what held before it holds again. @throws `nothing_to_undo`, `attribution_version_not_found`. */
    async undo(scope: Scope, version: string): Promise<void> {
      const rows = await postgres.db
        .select()
        .from(attributionSettings)
        .where(eq(attributionSettings.organizationId, scope.organizationId))
        .orderBy(desc(attributionSettings.sequence))
      const at = rows.findIndex((row) => row.id === version)
      if (at === -1) throw notFound('attribution_version_not_found', 'There is no such version of the mapping.')
      if (at !== 0) {
        throw conflict('nothing_to_undo', 'Only the newest change can be undone. Undo the later ones first.')
      }
      const before = rows[1]
      await save(scope, before ? readSettings(before.settings) : defaultAttribution, version)
    },
  }
}

const readSettings = (stored: Record<string, unknown>): AttributionSettings => ({
  ...defaultAttribution,
  ...(stored as Partial<AttributionSettings>),
})

function checkNames(names: readonly string[], where: string): string[] {
  const trimmed = names.map((name) => name.trim())
  for (const name of trimmed) {
    if (isContentName(name)) {
      throw invalid(
        'invalid_attribute',
        `"${name}" carries what people or models wrote. It is never stored: choose another attribute.`,
        { attribute: name, where },
      )
    }
  }
  if (new Set(trimmed).size !== trimmed.length)
    throw invalid('invalid_attribute', `An attribute stands twice in ${where}.`, { where })
  return trimmed
}

/** Made once, on first use. */
async function keyOf(postgres: Postgres, scope: Scope): Promise<string> {
  const of = eq(attributionKeys.organizationId, scope.organizationId)
  await postgres.db
    .insert(attributionKeys)
    .values({ organizationId: scope.organizationId, key: randomBytes(32).toString('base64url') })
    .onConflictDoNothing()
  const [row] = await postgres.db.select().from(attributionKeys).where(and(of))
  if (!row) throw new Error('the key of the organization was not stored')
  return row.key
}

async function seenValues(clickhouse: ClickHouse, scope: Scope, names: readonly string[]) {
  const seen = new Map<string, string[]>()
  for (const name of names) {
    const rows = await clickhouse.query<{ value: string }>({
      name: 'telemetry.promotedValues',
      sql: `SELECT DISTINCT Attributes[{name:String}] AS value FROM usage_events_v1
        WHERE OrganizationId = {o:UUID} AND StartedAt >= now() - toIntervalDay({days:UInt32}) AND value != '' LIMIT 5000`,
      params: { o: scope.organizationId, name, days: seenDays },
      lane: 'background',
    })
    seen.set(
      name,
      rows.map((row) => row.value),
    )
  }
  return seen
}
