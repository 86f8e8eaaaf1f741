import { DAY, dayText, type Story } from './calendar'
import { costCenters, type Team, teams } from './company'
import { ask, type Server } from './http'

const names: Record<Team, string> = {
  assistant: 'Assistant',
  'search-ranking': 'Search & ranking',
  'core-platform': 'Core platform',
  payments: 'Payments',
  'fleet-vision': 'Fleet vision',
  'data-platform': 'Data platform',
}
const groupOf: Record<Team, string> = {
  assistant: 'riders',
  'search-ranking': 'riders',
  payments: 'riders',
  'fleet-vision': 'fleet',
  'core-platform': 'platform',
  'data-platform': 'platform',
}

/** Units, rules and shared costs of the company, so that the allocation page has something to say. Leaves what is there alone. */
export async function seedAllocation(server: Server, story: Story, log: (line: string) => void): Promise<void> {
  const { version } = (await ask(server, 'GET', '/api/v1/allocation/rules')) as { version: number }
  if (version > 0) return
  const groups = [
    ['sora', 'Sora Mobility', ''],
    ['riders', 'Rider products', 'sora'],
    ['fleet', 'Fleet', 'sora'],
    ['platform', 'Platform', 'sora'],
  ]
  const csv = [
    'key,name,kind,parent,owner,cost_center,aliases',
    ...groups.map(([key, name, parent]) => `${key},${name},business_unit,${parent},,,`),
    ...teams.map(
      (team) =>
        `${team},${names[team]},team,${groupOf[team]},${team}@sora.example,${costCenters[team]},${team}@sora.example`,
    ),
  ].join('\n')
  await post(server, '/api/v1/allocation/units/import', { csv })
  await post(server, '/api/v1/allocation/rules', { basedOn: 0, note: 'First rules', document: rules(story) })
  log('Sample company: units, allocation rules and shared costs are in')
}

function rules(story: Story) {
  // Calls go sixty days back; before that there is nothing to weigh a bill with.
  const firstDay = new Date(story.firstCallDay * DAY)
  const firstWhole = new Date(
    Date.UTC(firstDay.getUTCFullYear(), firstDay.getUTCMonth() + (firstDay.getUTCDate() > 1 ? 1 : 0), 1),
  )
  return {
    version: 1,
    repairs: [
      {
        dimension: 'team',
        aliases: {
          assistant: ['asistant'],
          'search-ranking': ['search_ranking'],
          'core-platform': ['core-plaform'],
          'data-platform': ['data platform'],
        },
      },
    ],
    rules: [
      {
        id: 'ai-by-calls',
        name: 'AI bills by call weights',
        owner: 'finops@sora.example',
        from: dayText(firstWhole.getTime() / DAY),
        when: { dimension: 'provider', in: ['Anthropic', 'OpenAI'] },
        assign: { pool: 'ai' },
      },
      {
        id: 'team-tag',
        name: 'Team tag or telemetry',
        owner: 'finops@sora.example',
        when: { dimension: 'team', isNull: false },
        assign: { byDimension: 'team' },
      },
      {
        id: 'cost-center-tag',
        name: 'Cost centre tag',
        owner: 'finops@sora.example',
        when: { dimension: 'tag:cost-center', startsWith: 'CC-' },
        assign: { byDimension: 'tag:cost-center' },
      },
      {
        id: 'research-account',
        name: 'Research account',
        owner: 'finops@sora.example',
        when: { dimension: 'sub_account_name', in: ['sora-research'] },
        assign: { unit: 'fleet-vision' },
      },
      {
        id: 'support',
        name: 'Support plans',
        owner: 'finops@sora.example',
        when: { dimension: 'service', contains: 'support', ignoreCase: true },
        assign: { pool: 'support' },
      },
      {
        id: 'network',
        name: 'Shared network',
        owner: 'core-platform@sora.example',
        when: {
          any: [
            { dimension: 'service', in: ['Bandwidth', 'Cloud NAT', 'Amazon CloudFront', 'Virtual Private Cloud'] },
            {
              all: [
                { dimension: 'service', glob: '*VPC*' },
                { dimension: 'team', isNull: true },
              ],
            },
          ],
        },
        assign: { pool: 'network' },
      },
    ],
    pools: [
      {
        key: 'ai',
        name: 'AI providers',
        owner: 'finops@sora.example',
        partition: 'service',
        split: { by: 'usage', measure: 'cost', dimensions: ['team'] },
      },
      {
        key: 'support',
        name: 'Support plans',
        owner: 'finops@sora.example',
        fee: { amount: '25', currency: 'USD' },
        split: { by: 'direct' },
      },
      {
        key: 'network',
        name: 'Shared network',
        owner: 'core-platform@sora.example',
        split: { by: 'direct' },
        onZero: 'even',
      },
    ],
  }
}

const post = (server: Server, path: string, body: object) =>
  ask(server, 'POST', path, { type: 'application/json', bytes: JSON.stringify(body) })
