import { sql } from 'drizzle-orm'
import type { Scope } from '../../primitives/scope'
import { type Postgres, tables } from '../../storage/postgres'
import type { RunReport } from './contract'

/** Keeps what a run says of itself. Saying it again changes nothing; a later figure of the same name replaces the earlier. */
export async function reportRun(postgres: Postgres, scope: Scope, run: string, report: RunReport): Promise<void> {
  const given = {
    startedAt: report.startedAt ? new Date(report.startedAt) : null,
    endedAt: report.endedAt ? new Date(report.endedAt) : null,
  }
  await postgres.db
    .insert(tables.runs)
    .values({
      organizationId: scope.organizationId,
      run,
      experiment: report.experiment,
      figures: report.values,
      ...given,
    })
    .onConflictDoUpdate({
      target: [tables.runs.organizationId, tables.runs.experiment, tables.runs.run],
      set: {
        startedAt: sql`coalesce(excluded.started_at, ${tables.runs.startedAt})`,
        endedAt: sql`excluded.ended_at`,
        figures: sql`${tables.runs.figures} || excluded.figures`,
        reportedAt: sql`now()`,
      },
    })
}
