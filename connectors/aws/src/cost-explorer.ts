import { CostExplorerClient, type Expression, GetCostAndUsageCommand } from '@aws-sdk/client-cost-explorer'
import {
  type ChargeRow,
  type Connector,
  type Context,
  isDecimal,
  isoSecond,
  monthOf,
  type Page,
  ProviderFailure,
  plainDecimal,
  type ReadRequest,
  shareOf,
  tryRight,
} from '@infrazen/connector-kit'
import { trying } from '@infrazen/connector-kit/s3'
import { endpoint, signIn, trustPolicy } from './form'
import { accountOf, assumeRole, clientOf, keysOf, secretsOf } from './sign-in'

/** What AWS asks for each request, pages included. */
const centsARequest = 1

// Two groupings are all that a request may have; the kinds of lines are told apart by asking for each.
const kinds: { id: string; category: string; filter: Expression }[] = [
  {
    id: 'usage',
    category: 'Usage',
    filter: { Not: { Dimensions: { Key: 'RECORD_TYPE', Values: ['Tax', 'Credit', 'Refund'] } } },
  },
  { id: 'tax', category: 'Tax', filter: { Dimensions: { Key: 'RECORD_TYPE', Values: ['Tax'] } } },
  { id: 'credit', category: 'Credit', filter: { Dimensions: { Key: 'RECORD_TYPE', Values: ['Credit'] } } },
  { id: 'refund', category: 'Adjustment', filter: { Dimensions: { Key: 'RECORD_TYPE', Values: ['Refund'] } } },
]

type Day = {
  start: string
  account: string
  service: string
  unblended: string
  amortised: string
  currency: string
  final: boolean
}

async function ask(
  context: Context,
  from: string,
  to: string,
  filter: Expression,
  token: string | null,
): Promise<{ days: Day[]; names: Map<string, string>; next: string | null }> {
  // Cost Explorer answers in one region for all.
  const client = new CostExplorerClient({ ...clientOf(context), region: 'us-east-1', credentials: keysOf(context) })
  const what = 'ce:GetCostAndUsage'
  return trying(context.http, what, secretsOf(context), async () => {
    const answer = await client.send(
      new GetCostAndUsageCommand({
        TimePeriod: { Start: from, End: to },
        Granularity: 'DAILY',
        Metrics: ['UnblendedCost', 'AmortizedCost'],
        GroupBy: [
          { Type: 'DIMENSION', Key: 'LINKED_ACCOUNT' },
          { Type: 'DIMENSION', Key: 'SERVICE' },
        ],
        Filter: filter,
        ...(token === null ? {} : { NextPageToken: token }),
      }),
    )
    if (answer.ResultsByTime === undefined)
      throw new ProviderFailure('changed_format', `${what}: the answer has no ResultsByTime.`)
    const names = new Map<string, string>()
    for (const { Value, Attributes } of answer.DimensionValueAttributes ?? [])
      if (Value && Attributes?.description) names.set(Value, Attributes.description)
    const days = answer.ResultsByTime.flatMap((result) =>
      (result.Groups ?? []).map((group): Day => {
        const amount = group.Metrics?.UnblendedCost?.Amount
        const amortised = group.Metrics?.AmortizedCost?.Amount
        const start = result.TimePeriod?.Start
        const [account, service] = group.Keys ?? []
        if (!isDecimal(amount ?? '') || !isDecimal(amortised ?? '') || !start || !account || service === undefined)
          throw new ProviderFailure(
            'changed_format',
            `${what}: a group comes without its keys, its day or its amounts.`,
          )
        return {
          start: start.slice(0, 10),
          account,
          service,
          unblended: plainDecimal(amount!),
          amortised: plainDecimal(amortised!),
          currency: group.Metrics?.UnblendedCost?.Unit ?? 'USD',
          final: result.Estimated !== true,
        }
      }),
    )
    return { days, names, next: answer.NextPageToken ?? null }
  })
}

/** Pages of one kind of lines after another; the cursor is the kind and AWS’s own token. */
async function* readCosts({ from, to, cursor }: ReadRequest, context: Context): AsyncGenerator<Page> {
  const [at = kinds[0]!.id, ...rest] = cursor === null ? [] : cursor.split(' ')
  let token: string | null = rest.join(' ') || null
  const payer = context.account?.id ?? (await accountOf(context)) ?? 'aws'
  const begun = kinds.findIndex((kind) => kind.id === at)
  if (begun < 0) throw new ProviderFailure('rejected', 'The place to go on from is not one of Cost Explorer.')
  const days = [from, to].map((moment) => moment.toISOString().slice(0, 10)) as [string, string]
  for (const [index, kind] of kinds.entries()) {
    if (index < begun) continue
    const seen = new Set<string>()
    for (;;) {
      const page = await ask(context, days[0], days[1], kind.filter, token)
      if (page.next !== null && (seen.has(page.next) || page.next === token))
        throw new ProviderFailure('changed_format', 'Cost Explorer named a page that was already read as the next one.')
      if (page.next !== null) seen.add(page.next)
      const following = page.next !== null ? `${kind.id} ${page.next}` : (kinds[index + 1]?.id ?? null)
      const last = page.days.at(-1)
      yield {
        part: 'costs',
        partDone: following === null,
        cursor: following,
        progress: (index + (last && page.next ? shareOf(from, to, new Date(last.start)) : 1)) / kinds.length,
        charges: page.days.map((day) => chargeOf(day, kind.category, payer, page.names)),
        ...(following === null ? { problems: [priceOf(context)] } : {}),
      }
      token = page.next
      if (token === null) break
    }
  }
}

function priceOf(context: Context) {
  const { requests } = context.http.stats
  const cents = requests * centsARequest
  return {
    code: 'paid_requests',
    message: `AWS charges USD 0.01 for each request to Cost Explorer; this sync has made at most ${requests} so far, USD ${Math.floor(cents / 100)}.${String(cents % 100).padStart(2, '0')}.`,
  }
}

function chargeOf(day: Day, category: string, payer: string, names: Map<string, string>): ChargeRow {
  const start = new Date(`${day.start}T00:00:00Z`)
  const month = monthOf(start)
  return {
    BilledCost: day.unblended,
    EffectiveCost: day.amortised,
    BillingCurrency: day.currency,
    BillingAccountId: payer,
    BillingPeriodStart: isoSecond(month.start),
    BillingPeriodEnd: isoSecond(month.end),
    ChargePeriodStart: isoSecond(start),
    ChargePeriodEnd: isoSecond(start.getTime() + 86_400_000),
    ChargeCategory: category,
    ChargeFrequency: 'Usage-Based',
    ChargeDescription: `${day.service} (${category}), day total of Cost Explorer`,
    ServiceCategory: categoryOf(day.service),
    ServiceName: day.service === '' ? 'AWS' : day.service,
    ServiceProviderName: 'Amazon Web Services',
    InvoiceIssuerName: 'Amazon Web Services',
    SubAccountId: day.account,
    SubAccountName: names.get(day.account) ?? null,
  }
}

// Cost Explorer names services as people read them, not by the codes of a report.
const categories: [RegExp, string][] = [
  [/Bedrock|SageMaker|Rekognition|Textract|Comprehend|Polly|Transcribe|Translate/, 'AI and Machine Learning'],
  [/Relational Database|DynamoDB|ElastiCache|Redshift|DocumentDB|Neptune|MemoryDB/, 'Databases'],
  [/Simple Storage|Elastic File System|Elastic Block Store|Glacier|Backup|FSx/, 'Storage'],
  [/Virtual Private Cloud|CloudFront|Route 53|Load Balancing|Direct Connect|Data Transfer/, 'Networking'],
  [/CloudWatch|CloudTrail|Config|Systems Manager|Support/, 'Management and Governance'],
  [/Athena|Glue|Kinesis|EMR|OpenSearch/, 'Analytics'],
  [/GuardDuty|Key Management|Secrets Manager|WAF|Shield|Inspector/, 'Security'],
  [/Elastic Compute|EC2|Lambda|Container|Kubernetes|Lightsail|Fargate/, 'Compute'],
]
const categoryOf = (service: string) => categories.find(([pattern]) => pattern.test(service))?.[1] ?? 'Other'

/** Totals by day, service and account where there is no export. Each request costs money, and the manifest says so. */
export const costExplorer: Connector = {
  manifest: {
    id: 'aws-cost-explorer',
    name: 'AWS Cost Explorer',
    category: 'cloud',
    summary: {
      en: 'Day totals by account and service, where there is no export yet. AWS charges USD 0.01 for each request',
      ko: '내보내기가 없을 때 쓰는 계정·서비스별 일 합계. 요청마다 AWS가 0.01달러를 받아요',
      ru: 'Суммы за день по аккаунтам и сервисам, пока нет экспорта. AWS берёт 0,01 доллара за каждый запрос',
    },
    reads: [{ kind: 'charges', grain: 'day', restatementDays: 5, historyDays: 395, usualLatenessHours: 24 }],
    currency: null,
    timeZone: 'UTC',
    // Once a day: AWS refreshes the data about as often, and every request costs.
    everyMinutes: 1440,
    rateLimit: { perMinute: 60, concurrent: 1 },
    webhooks: null,
    credentials: [...signIn, endpoint],
    rights: [
      {
        id: 'ce:GetCostAndUsage',
        needed: true,
        title: { en: 'Read costs', ko: '비용 읽기', ru: 'Чтение расходов' },
        remedy: {
          en: 'Allow ce:GetCostAndUsage. In a member account the payer must also let members see Cost Explorer.',
          ko: 'ce:GetCostAndUsage를 허용하세요. 구성원 계정이라면 지불 계정이 Cost Explorer 접근을 허용해야 해요.',
          ru: 'Разрешите ce:GetCostAndUsage. Для аккаунта-участника плательщик должен также открыть доступ к Cost Explorer.',
        },
      },
      {
        id: 'sts:AssumeRole',
        needed: false,
        title: { en: 'Assume the role', ko: '역할 맡기', ru: 'Принятие роли' },
        remedy: {
          en: 'The trust policy of the role must name the user of the key and the same external ID.',
          ko: '역할의 신뢰 정책에 키의 사용자와 같은 외부 ID가 있어야 해요.',
          ru: 'Политика доверия роли должна называть пользователя ключа и тот же External ID.',
        },
      },
    ],
    setUp: [
      {
        title: { en: 'Know the price', ko: '가격 확인하기', ru: 'Учтите цену' },
        text: {
          en: 'A sync asks four times for each month and page: about USD 0.04 to 0.10 a day. Prefer Data Exports, which cost next to nothing and name resources; do not connect both for one account.',
          ko: '동기화할 때마다 달과 페이지별로 네 번 물어요. 하루 약 0.04~0.10달러예요. 거의 무료이고 리소스까지 나오는 Data Exports가 더 좋아요. 한 계정에 둘 다 연결하지 마세요.',
          ru: 'Каждая синхронизация делает по четыре запроса на месяц и страницу: около 0,04–0,10 доллара в день. Лучше Data Exports: они почти бесплатны и называют ресурсы; не подключайте оба для одного аккаунта.',
        },
      },
      {
        title: { en: 'Give the least rights', ko: '최소 권한 주기', ru: 'Дайте минимум прав' },
        text: {
          en: 'Make a user or a role with this policy.',
          ko: '이 정책으로 사용자나 역할을 만드세요.',
          ru: 'Создайте пользователя или роль с этой политикой.',
        },
        copy: JSON.stringify(
          { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'ce:GetCostAndUsage', Resource: '*' }] },
          null,
          2,
        ),
      },
      {
        title: {
          en: 'Let a role be assumed (optional)',
          ko: '역할 맡기기 (선택)',
          ru: 'Разрешите принятие роли (необязательно)',
        },
        text: {
          en: 'Give the policy above to a role in the payer account, with this trust policy and an external ID that you make up.',
          ko: '지불 계정의 역할에 위 정책을 주고, 이 신뢰 정책과 직접 정한 외부 ID를 넣으세요.',
          ru: 'Дайте политику выше роли в платёжном аккаунте, с этой политикой доверия и придуманным вами External ID.',
        },
        copy: trustPolicy,
      },
    ],
    sources: [
      'https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_GetCostAndUsage.html',
      'https://aws.amazon.com/aws-cost-management/aws-cost-explorer/pricing/',
    ],
  },
  async test(context) {
    const role = context.credentials.roleArn ? [await tryRight('sts:AssumeRole', () => assumeRole(context))] : []
    if (role.some((check) => check.state !== 'works')) return { account: null, checks: role }
    const yesterday = new Date(context.now().getTime() - 86_400_000)
    const [from, to] = [yesterday, context.now()].map((moment) => moment.toISOString().slice(0, 10)) as [string, string]
    const costs = await tryRight('ce:GetCostAndUsage', () => ask(context, from, to, kinds[1]!.filter, null))
    const id = (await accountOf(context)) ?? ''
    return { account: id === '' ? null : { id, name: id }, checks: [...role, costs] }
  },
  async *read(request, context) {
    if (request.kind !== 'charges')
      throw new ProviderFailure('rejected', `Cost Explorer tells charges, no ${request.kind}.`)
    yield* readCosts(request, context)
  },
}
