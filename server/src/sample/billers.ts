import { type Biller, type Load, type Meter, type SubAccount, tagsOf } from './bill'
import type { Month } from './calendar'
import type { Team } from './company'
import { randomOf } from './random'

/** Won for a dollar, fixed by the issuer for each month, around the rates of 2025 and 2026. */
function wonRate(month: Month): string {
  const random = randomOf(`krw|${month.text}`)
  return `14${random.between(18, 86)}.${random.between(0, 9)}`
}

const one = () => '1'

export const aws: Biller = {
  connection: 'aws',
  serviceProviderName: 'Amazon Web Services',
  invoiceIssuerName: 'Amazon Web Services, Inc.',
  accountId: '700100200300',
  accountName: 'Sora Mobility payer',
  accountType: 'Payer Account',
  subAccountType: 'Linked Account',
  currency: 'USD',
  pricingCurrency: 'USD',
  versionOf: (story, month) => (month.first < story.priceChangeDay ? '1.2' : '1.3'),
  rateOf: one,
  discountPermille: 60,
  sharesZones: true,
}
export const googleCloud: Biller = {
  connection: 'google-cloud',
  serviceProviderName: 'Google Cloud',
  invoiceIssuerName: 'Google Cloud Korea LLC',
  accountId: '01A2B3-50RA40-C4D5E6',
  accountName: 'Sora Mobility',
  accountType: 'Billing Account',
  subAccountType: 'Project',
  currency: 'USD',
  pricingCurrency: 'USD',
  versionOf: (story, month) => (month.first < story.priceChangeDay ? '1.0' : '1.2'),
  rateOf: one,
  discountPermille: 40,
  sharesZones: false,
}
export const azure: Biller = {
  connection: 'azure',
  serviceProviderName: 'Microsoft',
  invoiceIssuerName: 'Microsoft Korea, Inc.',
  accountId: '5f0a6c1e-5074-4d0b-8a11-50a40b111e00:2f7b',
  accountName: 'Sora Mobility Co., Ltd.',
  accountType: 'Billing Profile',
  subAccountType: 'Subscription',
  currency: 'KRW',
  pricingCurrency: 'USD',
  versionOf: (story, month) => (month.first < story.priceChangeDay ? '1.2' : '1.3'),
  rateOf: wonRate,
  discountPermille: 35,
  sharesZones: false,
}
export const yandexCloud: Biller = {
  connection: 'yandex-cloud',
  serviceProviderName: 'Yandex Cloud',
  invoiceIssuerName: 'Yandex.Cloud LLC',
  accountId: 'dn2sora4mobility7k1q',
  accountName: 'Sora Mobility RU',
  accountType: 'Billing Account',
  subAccountType: 'Folder',
  currency: 'RUB',
  pricingCurrency: 'RUB',
  versionOf: () => '1.0',
  rateOf: one,
  discountPermille: 0,
  sharesZones: true,
}
export const openai: Biller = {
  connection: 'openai',
  serviceProviderName: 'OpenAI',
  invoiceIssuerName: 'OpenAI, LLC',
  accountId: 'org-sora4mobility',
  accountName: 'Sora Mobility',
  accountType: 'Organization',
  subAccountType: 'Project',
  currency: 'USD',
  pricingCurrency: 'USD',
  versionOf: () => '1.3',
  rateOf: one,
  discountPermille: 0,
  sharesZones: false,
}
export const anthropic: Biller = {
  connection: 'anthropic',
  serviceProviderName: 'Anthropic',
  invoiceIssuerName: 'Anthropic, PBC',
  accountId: 'org_01SoraMobility',
  accountName: 'Sora Mobility',
  accountType: 'Organization',
  subAccountType: 'Workspace',
  currency: 'USD',
  pricingCurrency: 'USD',
  versionOf: () => '1.4',
  rateOf: one,
  discountPermille: 0,
  sharesZones: false,
}

export const billers = { aws, googleCloud, azure, yandexCloud, openai, anthropic }

export type MeteredResource = { meter: Meter; load: Load }

type Kind = Pick<Meter, 'service' | 'category' | 'subcategory' | 'sku' | 'meter' | 'description' | 'unit' | 'price'> &
  Partial<Pick<Meter, 'laterPrice' | 'details' | 'dynamic' | 'consumedUnit' | 'consumedPower'>> & {
    type: string | null
    rhythm: Load['rhythm']
    growth: number
    noise: number
    /** who has how many thousandths of a unit a day: [team, environment, name, milli-units] */
    owners: readonly (readonly [Team, string, string, number])[]
  }

/** Spells out the resources of a kind: their ids, tags and loads. */
function resources(
  kinds: readonly Kind[],
  about: {
    idOf: (kind: Kind, name: string, account: SubAccount) => string
    accountOf: (environment: string) => SubAccount
    region: { id: string; name: string; zones: readonly string[] }
  },
): MeteredResource[] {
  return kinds.flatMap((kind) =>
    kind.owners.map(([team, environment, name, milli]) => {
      const { owners: _owners, type, rhythm, growth, noise, ...meter } = kind
      const account = about.accountOf(environment)
      const id = type === null ? undefined : about.idOf(kind, name, account)
      return {
        meter: {
          ...meter,
          subAccount: account,
          region: {
            id: about.region.id,
            name: about.region.name,
            ...(type !== null && meter.unit === 'Hours'
              ? { zone: randomOf(`zone|${name}`).pick(about.region.zones) }
              : {}),
          },
          ...(id === undefined || type === null ? {} : { resource: { id, name, type } }),
          tags: tagsOf('sora', `${kind.sku}|${name}`, team, environment),
        },
        load: { microPerDay: BigInt(milli) * 1000n, rhythm, growthPermillePerMonth: growth, noisePermille: noise },
      }
    }),
  )
}

const compute = { category: 'Compute', subcategory: 'Virtual Machines' }
const storage = { category: 'Storage', subcategory: 'Object Storage' }
const block = { category: 'Storage', subcategory: 'Block Storage' }
const network = { category: 'Networking', subcategory: 'Network Connectivity' }
const relational = { category: 'Databases', subcategory: 'Relational Databases' }
const containers = { category: 'Compute', subcategory: 'Containers' }
const observe = { category: 'Management and Governance', subcategory: 'Observability' }
const messaging = { category: 'Integration', subcategory: 'Messaging' }
const hours = { unit: 'Hours', meter: 'Compute Hours' }
const day = 24_000

export const awsAccounts = {
  prod: { id: '700100200311', name: 'sora-prod' },
  staging: { id: '700100200322', name: 'sora-staging' },
  research: { id: '700100200333', name: 'sora-research' },
} satisfies Record<string, SubAccount>
const awsAccountOf = (environment: string) =>
  environment === 'prod' ? awsAccounts.prod : environment === 'research' ? awsAccounts.research : awsAccounts.staging
const seoul = {
  id: 'ap-northeast-2',
  name: 'Asia Pacific (Seoul)',
  zones: ['ap-northeast-2a', 'ap-northeast-2b', 'ap-northeast-2c'],
}

const awsKinds: readonly Kind[] = [
  {
    ...compute,
    ...hours,
    service: 'Amazon EC2',
    sku: 'EC2-M7I-2XL',
    description: 'Linux on-demand m7i.2xlarge',
    price: '0.4956',
    details: { InstanceType: 'm7i.2xlarge', CoreCount: 8, MemorySize: 32, OperatingSystem: 'Linux' },
    type: 'EC2 Instance',
    rhythm: 'flat',
    growth: 0,
    noise: 0,
    owners: [
      ['assistant', 'prod', 'assistant-api-1', day],
      ['assistant', 'prod', 'assistant-api-2', day],
      ['search-ranking', 'prod', 'search-node-1', day],
      ['search-ranking', 'prod', 'search-node-2', day],
      ['core-platform', 'prod', 'edge-gateway-1', day],
      ['payments', 'prod', 'payments-core-1', day],
      ['payments', 'staging', 'payments-stage-1', 11_000],
      ['fleet-vision', 'staging', 'vision-stage-1', 9000],
    ],
  },
  {
    ...compute,
    ...hours,
    service: 'Amazon EC2',
    sku: 'EC2-C7G-XL',
    description: 'Linux spot c7g.xlarge',
    price: '0.0612',
    dynamic: true,
    details: { InstanceType: 'c7g.xlarge', CoreCount: 4, MemorySize: 8, OperatingSystem: 'Linux' },
    type: 'EC2 Instance',
    rhythm: 'office',
    growth: 15,
    noise: 140,
    owners: [
      ['core-platform', 'dev', 'ci-runners', 190_000],
      ['data-platform', 'prod', 'etl-workers', 240_000],
      ['search-ranking', 'research', 'feature-builders', 110_000],
    ],
  },
  {
    ...block,
    service: 'Amazon EC2',
    sku: 'EBS-GP3',
    meter: 'Provisioned Storage',
    description: 'General purpose SSD (gp3) volumes',
    unit: 'GB-Months',
    price: '0.0912',
    details: { DiskType: 'SSD', StorageClass: 'gp3' },
    type: 'EBS Volume',
    rhythm: 'flat',
    growth: 12,
    noise: 2,
    owners: [
      ['assistant', 'prod', 'vol-assistant', 41_000],
      ['search-ranking', 'prod', 'vol-search-index', 90_000],
      ['payments', 'prod', 'vol-payments', 38_000],
      ['fleet-vision', 'prod', 'vol-frames', 60_000],
      ['data-platform', 'prod', 'vol-warehouse', 92_000],
    ],
  },
  {
    ...storage,
    service: 'Amazon S3',
    sku: 'S3-STD',
    meter: 'Stored Data',
    description: 'S3 Standard storage',
    unit: 'GB-Months',
    price: '0.025',
    details: { StorageClass: 'Standard' },
    type: 'S3 Bucket',
    rhythm: 'flat',
    growth: 34,
    noise: 3,
    owners: [
      ['fleet-vision', 'prod', 'sora-fleet-frames', 780_000],
      ['data-platform', 'prod', 'sora-lake', 460_000],
      ['assistant', 'prod', 'sora-chat-archive', 130_000],
      ['core-platform', 'prod', 'sora-backups', 210_000],
      ['search-ranking', 'research', 'sora-ranker-datasets', 260_000],
    ],
  },
  {
    ...storage,
    service: 'Amazon S3',
    sku: 'S3-REQ',
    meter: 'Requests',
    description: 'S3 PUT, COPY, POST and LIST requests',
    unit: '1000 Requests',
    consumedUnit: 'Requests',
    consumedPower: 3,
    price: '0.0045',
    type: 'S3 Bucket',
    rhythm: 'consumer',
    growth: 20,
    noise: 90,
    owners: [
      ['fleet-vision', 'prod', 'sora-fleet-frames', 1_900_000],
      ['data-platform', 'prod', 'sora-lake', 640_000],
    ],
  },
  {
    ...relational,
    ...hours,
    service: 'Amazon RDS',
    sku: 'RDS-R7G-XL',
    description: 'PostgreSQL db.r7g.xlarge, Multi-AZ',
    price: '1.118',
    details: { InstanceType: 'db.r7g.xlarge', CoreCount: 4, MemorySize: 32 },
    type: 'RDS Instance',
    rhythm: 'flat',
    growth: 0,
    noise: 0,
    owners: [
      ['core-platform', 'prod', 'rides-db', day],
      ['data-platform', 'staging', 'reports-db', day],
    ],
  },
  {
    ...containers,
    service: 'Amazon EKS',
    sku: 'EKS-CLUSTER',
    meter: 'Cluster Hours',
    description: 'Amazon EKS cluster hours',
    unit: 'Hours',
    price: '0.1',
    type: 'EKS Cluster',
    rhythm: 'flat',
    growth: 0,
    noise: 0,
    owners: [
      ['core-platform', 'prod', 'sora-prod-eks', day],
      ['core-platform', 'staging', 'sora-stage-eks', day],
    ],
  },
  {
    category: 'Compute',
    subcategory: 'Serverless Compute',
    service: 'AWS Lambda',
    sku: 'LAMBDA-GBS',
    meter: 'Duration',
    description: 'Lambda compute duration',
    unit: 'GB-Seconds',
    price: '0.0000166667',
    type: 'Lambda Function',
    rhythm: 'consumer',
    growth: 18,
    noise: 60,
    owners: [
      ['payments', 'prod', 'receipt-webhook', 240_000_000],
      ['assistant', 'prod', 'push-notify', 180_000_000],
      ['fleet-vision', 'prod', 'frame-cutter', 420_000_000],
    ],
  },
  {
    ...network,
    service: 'Amazon CloudFront',
    sku: 'CF-OUT',
    meter: 'Data Transfer Out',
    description: 'Data transfer out to the internet',
    unit: 'GB',
    price: '0.12',
    type: 'CloudFront Distribution',
    rhythm: 'consumer',
    growth: 14,
    noise: 45,
    owners: [
      ['core-platform', 'prod', 'app-cdn', 92_000],
      ['fleet-vision', 'prod', 'dashcam-cdn', 61_000],
    ],
  },
  {
    ...network,
    service: 'Amazon VPC',
    sku: 'NAT-GB',
    meter: 'Data Processed',
    description: 'NAT gateway data processed',
    unit: 'GB',
    price: '0.059',
    type: 'NAT Gateway',
    rhythm: 'consumer',
    growth: 10,
    noise: 50,
    owners: [
      ['core-platform', 'prod', 'nat-prod-a', 210_000],
      ['core-platform', 'staging', 'nat-stage-a', 34_000],
    ],
  },
  {
    category: 'Databases',
    subcategory: 'Caching',
    ...hours,
    service: 'Amazon ElastiCache',
    sku: 'REDIS-R7G-L',
    description: 'Redis cache.r7g.large',
    price: '0.263',
    details: { InstanceType: 'cache.r7g.large', CoreCount: 2, MemorySize: 13 },
    type: 'ElastiCache Node',
    rhythm: 'flat',
    growth: 0,
    noise: 0,
    owners: [
      ['assistant', 'prod', 'session-cache', day],
      ['search-ranking', 'prod', 'ranking-cache', 48_000],
    ],
  },
  {
    category: 'Databases',
    subcategory: 'NoSQL Databases',
    service: 'Amazon DynamoDB',
    sku: 'DDB-WRU',
    meter: 'Write Requests',
    description: 'Write request units',
    unit: '1000000 Requests',
    consumedUnit: 'Requests',
    consumedPower: 6,
    price: '0.7155',
    type: 'DynamoDB Table',
    rhythm: 'consumer',
    growth: 16,
    noise: 55,
    owners: [
      ['payments', 'prod', 'ledger-events', 9200],
      ['fleet-vision', 'prod', 'vehicle-state', 21_000],
    ],
  },
  {
    ...observe,
    service: 'Amazon CloudWatch',
    sku: 'CW-LOGS',
    meter: 'Data Ingested',
    description: 'Log data ingested',
    unit: 'GB',
    price: '0.76',
    type: null,
    rhythm: 'consumer',
    growth: 20,
    noise: 70,
    owners: [
      ['core-platform', 'prod', 'logs-prod', 17_000],
      ['core-platform', 'staging', 'logs-staging', 3200],
      ['search-ranking', 'research', 'logs-research', 1400],
    ],
  },
  {
    ...messaging,
    service: 'Amazon SQS',
    sku: 'SQS-REQ',
    meter: 'Requests',
    description: 'Standard queue requests',
    unit: '1000000 Requests',
    consumedUnit: 'Requests',
    consumedPower: 6,
    price: '0.4',
    type: 'SQS Queue',
    rhythm: 'consumer',
    growth: 10,
    noise: 45,
    owners: [
      ['payments', 'prod', 'payouts', 6100],
      ['fleet-vision', 'prod', 'frames', 14_000],
    ],
  },
]

const awsTypes: Record<string, string> = {
  'EC2 Instance': 'ec2',
  'EBS Volume': 'ec2',
  'S3 Bucket': 's3',
  'RDS Instance': 'rds',
  'EKS Cluster': 'eks',
  'Lambda Function': 'lambda',
  'CloudFront Distribution': 'cloudfront',
  'NAT Gateway': 'ec2',
  'ElastiCache Node': 'elasticache',
  'DynamoDB Table': 'dynamodb',
  'SQS Queue': 'sqs',
}

export const awsResources = resources(awsKinds, {
  accountOf: awsAccountOf,
  region: seoul,
  idOf: (kind, name, account) =>
    `arn:aws:${awsTypes[kind.type ?? ''] ?? 'service'}:ap-northeast-2:${account.id}:${(kind.type ?? '').split(' ').at(-1)?.toLowerCase()}/${name}`,
})

/** The shared GPU cluster: one server with four GPUs, whose hours are split by the teams' jobs each day; what no job held is idle and nobody's. */
export const gpuCluster = {
  nodes: ['gpu-shared-1'],
  shares: [
    ['fleet-vision', 420],
    ['search-ranking', 240],
    ['assistant', 130],
    ['data-platform', 60],
  ] as readonly (readonly [Team, number])[],
  meter: (node: string, tags: Record<string, string> | null): Meter => ({
    ...compute,
    ...hours,
    service: 'Amazon EC2',
    sku: 'EC2-G6-12XL',
    description: 'Linux on-demand g6.12xlarge',
    price: '6.042',
    laterPrice: '5.3172',
    details: { InstanceType: 'g6.12xlarge', CoreCount: 48, MemorySize: 192, GpuCount: 4, OperatingSystem: 'Linux' },
    region: { id: seoul.id, name: seoul.name, zone: 'ap-northeast-2a' },
    resource: {
      id: `arn:aws:ec2:ap-northeast-2:${awsAccounts.research.id}:instance/${node}`,
      name: node,
      type: 'EC2 Instance',
    },
    subAccount: awsAccounts.research,
    tags,
  }),
}

/** Two reserved database servers of one kind. */
export const awsReservation = {
  meter: {
    ...relational,
    ...hours,
    service: 'Amazon RDS',
    sku: 'RDS-R7G-2XL',
    description: 'PostgreSQL db.r7g.2xlarge, Multi-AZ',
    price: '2.236',
    details: { InstanceType: 'db.r7g.2xlarge', CoreCount: 8, MemorySize: 64 },
    region: { id: seoul.id, name: seoul.name },
    resource: {
      id: `arn:aws:rds:ap-northeast-2:${awsAccounts.prod.id}:db/payments-ledger`,
      name: 'payments-ledger',
      type: 'RDS Instance',
    },
    subAccount: awsAccounts.prod,
    tags: { team: 'payments', env: 'prod', 'cost-center': 'CC-2200' },
  } satisfies Meter,
  commitment: {
    id: `arn:aws:rds:ap-northeast-2:${awsAccounts.prod.id}:ri/ri-2025-sora`,
    name: 'db.r7g.2xlarge, one year, no upfront',
    type: 'Reserved Instance',
    hourlyPrice: '1.472',
    count: 2,
  },
}

const gcpProjects = {
  prod: { id: 'sora-prod-311', name: 'Sora production' },
  analytics: { id: 'sora-analytics-322', name: 'Sora analytics' },
} satisfies Record<string, SubAccount>
export const gcpAccountOf = (environment: string) =>
  environment === 'research' ? gcpProjects.analytics : gcpProjects.prod
export const gcpResources = resources(
  [
    {
      category: 'Databases',
      subcategory: 'Data Warehouses',
      service: 'BigQuery',
      sku: 'BQ-ANALYSIS',
      meter: 'Data Scanned',
      description: 'Analysis, on demand',
      unit: 'TiB',
      price: '7.5',
      type: 'Dataset',
      rhythm: 'office',
      growth: -6,
      noise: 160,
      owners: [
        ['data-platform', 'research', 'marts', 2100],
        ['search-ranking', 'research', 'clicks', 1300],
        ['payments', 'research', 'settlements', 700],
        ['assistant', 'research', 'conversations', 520],
      ],
    },
    {
      category: 'Databases',
      subcategory: 'Data Warehouses',
      service: 'BigQuery',
      sku: 'BQ-STORAGE',
      meter: 'Stored Data',
      description: 'Active logical storage',
      unit: 'GiB-Months',
      price: '0.023',
      type: 'Dataset',
      rhythm: 'flat',
      growth: 20,
      noise: 2,
      owners: [
        ['data-platform', 'research', 'marts', 640_000],
        ['search-ranking', 'research', 'clicks', 380_000],
      ],
    },
    {
      ...containers,
      service: 'Google Kubernetes Engine',
      sku: 'GKE-AUTOPILOT-CPU',
      meter: 'vCPU Hours',
      description: 'Autopilot pod vCPU',
      unit: 'Hours',
      price: '0.0571',
      type: 'Kubernetes Namespace',
      rhythm: 'consumer',
      growth: 10,
      noise: 50,
      owners: [
        ['search-ranking', 'prod', 'ns-search', 150_000],
        ['data-platform', 'prod', 'ns-pipelines', 160_000],
        ['fleet-vision', 'prod', 'ns-vision', 190_000],
        ['core-platform', 'prod', 'ns-shared', 70_000],
      ],
    },
    {
      ...containers,
      service: 'Google Kubernetes Engine',
      sku: 'GKE-AUTOPILOT-MEM',
      meter: 'Memory',
      description: 'Autopilot pod memory',
      unit: 'GiB-Hours',
      price: '0.00632',
      type: 'Kubernetes Namespace',
      rhythm: 'consumer',
      growth: 10,
      noise: 50,
      owners: [
        ['search-ranking', 'prod', 'ns-search', 830_000],
        ['data-platform', 'prod', 'ns-pipelines', 690_000],
        ['fleet-vision', 'prod', 'ns-vision', 760_000],
      ],
    },
    {
      ...storage,
      service: 'Cloud Storage',
      sku: 'GCS-STD',
      meter: 'Stored Data',
      description: 'Standard storage',
      unit: 'GiB-Months',
      price: '0.023',
      type: 'Bucket',
      rhythm: 'flat',
      growth: 18,
      noise: 2,
      owners: [
        ['fleet-vision', 'prod', 'sora-video', 410_000],
        ['data-platform', 'research', 'sora-exports', 120_000],
      ],
    },
    {
      ...network,
      service: 'Cloud NAT',
      sku: 'GCP-EGRESS',
      meter: 'Data Transfer Out',
      description: 'Network data transfer, Seoul to the internet',
      unit: 'GiB',
      price: '0.147',
      type: null,
      rhythm: 'consumer',
      growth: 8,
      noise: 60,
      owners: [['core-platform', 'prod', 'egress', 38_000]],
    },
    {
      category: 'Integration',
      subcategory: 'Messaging',
      service: 'Pub/Sub',
      sku: 'PUBSUB',
      meter: 'Message Volume',
      description: 'Message delivery',
      unit: 'TiB',
      price: '40',
      type: 'Topic',
      rhythm: 'consumer',
      growth: 12,
      noise: 60,
      owners: [
        ['fleet-vision', 'prod', 'telemetry', 180],
        ['payments', 'prod', 'events', 40],
      ],
    },
    {
      ...observe,
      service: 'Cloud Logging',
      sku: 'GCP-LOGS',
      meter: 'Data Ingested',
      description: 'Log storage',
      unit: 'GiB',
      price: '0.5',
      type: null,
      rhythm: 'consumer',
      growth: 12,
      noise: 60,
      owners: [['core-platform', 'prod', 'logs', 14_000]],
    },
  ],
  {
    accountOf: gcpAccountOf,
    region: { id: 'asia-northeast3', name: 'Seoul', zones: ['asia-northeast3-a'] },
    idOf: (kind, name, account) =>
      `//${kind.service.toLowerCase().replaceAll(/[^a-z]/g, '')}.googleapis.com/projects/${account.id}/${name}`,
  },
)

const azureSubscriptions = {
  prod: { id: '/subscriptions/50a40b11-0001-4a00-9000-000000000001', name: 'sora-enterprise' },
  test: { id: '/subscriptions/50a40b11-0002-4a00-9000-000000000002', name: 'sora-enterprise-test' },
} satisfies Record<string, SubAccount>
export const azureAccountOf = (environment: string) =>
  environment === 'prod' ? azureSubscriptions.prod : azureSubscriptions.test
const azureProviders: Record<string, string> = {
  'Virtual Machine': 'Microsoft.Compute/virtualMachines',
  'SQL Database': 'Microsoft.Sql/servers/databases',
  'Storage Account': 'Microsoft.Storage/storageAccounts',
  'Log Analytics Workspace': 'Microsoft.OperationalInsights/workspaces',
  'Managed Disk': 'Microsoft.Compute/disks',
  'Virtual Network': 'Microsoft.Network/virtualNetworks',
}
export const azureResourceId = (subscription: SubAccount, provider: string, name: string) =>
  `${subscription.id}/resourceGroups/rg-sora/providers/${provider}/${name}`
export const azureResources = resources(
  [
    {
      ...compute,
      ...hours,
      service: 'Virtual Machines',
      sku: 'AZ-D4S-V5',
      description: 'Standard_D4s_v5',
      price: '0.238',
      details: { InstanceType: 'Standard_D4s_v5', CoreCount: 4, MemorySize: 16, OperatingSystem: 'Linux' },
      type: 'Virtual Machine',
      rhythm: 'flat',
      growth: 0,
      noise: 0,
      owners: [
        ['payments', 'prod', 'vm-pay-1', day],
        ['payments', 'prod', 'vm-pay-2', day],
        ['core-platform', 'prod', 'vm-erp-1', day],
        ['data-platform', 'test', 'vm-bi-test', 10_000],
      ],
    },
    {
      ...compute,
      ...hours,
      service: 'Virtual Machines',
      sku: 'AZ-E8S-V5',
      description: 'Standard_E8s_v5',
      price: '0.616',
      details: { InstanceType: 'Standard_E8s_v5', CoreCount: 8, MemorySize: 64, OperatingSystem: 'Windows' },
      type: 'Virtual Machine',
      rhythm: 'office',
      growth: 0,
      noise: 30,
      owners: [
        ['core-platform', 'prod', 'vm-erp-db', 16_000],
        ['data-platform', 'prod', 'vm-bi', 13_000],
      ],
    },
    {
      ...relational,
      service: 'Azure SQL Database',
      sku: 'AZ-SQL-VCORE',
      meter: 'vCore Hours',
      description: 'General purpose vCore',
      unit: 'Hours',
      price: '0.2524',
      type: 'SQL Database',
      rhythm: 'flat',
      growth: 5,
      noise: 10,
      owners: [
        ['payments', 'prod', 'sql-settlement', 96_000],
        ['core-platform', 'prod', 'sql-erp', 48_000],
      ],
    },
    {
      ...storage,
      service: 'Storage',
      sku: 'AZ-BLOB-HOT',
      meter: 'Stored Data',
      description: 'Hot LRS data stored',
      unit: 'GB-Months',
      price: '0.02',
      details: { StorageClass: 'Hot', Redundancy: 'LRS' },
      type: 'Storage Account',
      rhythm: 'flat',
      growth: 14,
      noise: 2,
      owners: [
        ['payments', 'prod', 'storareceipts', 160_000],
        ['data-platform', 'prod', 'storabi', 90_000],
      ],
    },
    {
      ...block,
      service: 'Storage',
      sku: 'AZ-P30',
      meter: 'Provisioned Disks',
      description: 'Premium SSD P30',
      unit: 'Disk-Months',
      price: '135.17',
      details: { DiskType: 'Premium SSD', DiskSpace: 1024 },
      type: 'Managed Disk',
      rhythm: 'flat',
      growth: 0,
      noise: 0,
      owners: [
        ['core-platform', 'prod', 'disk-erp-data', 66],
        ['payments', 'prod', 'disk-pay-data', 33],
      ],
    },
    {
      ...observe,
      service: 'Azure Monitor',
      sku: 'AZ-LOGS',
      meter: 'Data Ingested',
      description: 'Log data ingestion',
      unit: 'GB',
      price: '2.76',
      type: 'Log Analytics Workspace',
      rhythm: 'consumer',
      growth: 10,
      noise: 60,
      owners: [['core-platform', 'prod', 'law-sora', 3100]],
    },
    {
      ...network,
      service: 'Bandwidth',
      sku: 'AZ-EGRESS',
      meter: 'Data Transfer Out',
      description: 'Inter-region and internet transfer',
      unit: 'GB',
      price: '0.12',
      type: 'Virtual Network',
      rhythm: 'consumer',
      growth: 8,
      noise: 60,
      owners: [
        ['payments', 'prod', 'vnet-pay', 14_000],
        ['core-platform', 'prod', 'vnet-erp', 9000],
      ],
    },
  ],
  {
    accountOf: azureAccountOf,
    region: { id: 'koreacentral', name: 'Korea Central', zones: ['koreacentral-1'] },
    idOf: (kind, name, account) =>
      azureResourceId(account, azureProviders[kind.type ?? ''] ?? 'Microsoft.Resources/resources', name),
  },
)

const yandexFolders = {
  prod: { id: 'b1g0sora4prod7k1q2m3', name: 'sora-prod' },
  test: { id: 'b1g0sora4test7k1q2m4', name: 'sora-test' },
} satisfies Record<string, SubAccount>
export const yandexAccountOf = (environment: string) =>
  environment === 'prod' ? yandexFolders.prod : yandexFolders.test
export const yandexResources = resources(
  [
    {
      ...compute,
      service: 'Compute Cloud',
      sku: 'YC-ICELAKE-CPU',
      meter: 'vCPU Hours',
      description: 'Intel Ice Lake, 100% vCPU',
      unit: 'Hours',
      price: '1.2',
      laterPrice: '1.2968',
      type: 'compute.instance',
      rhythm: 'consumer',
      growth: 9,
      noise: 25,
      owners: [
        ['fleet-vision', 'prod', 'fleet-ru-1', 192_000],
        ['payments', 'prod', 'pay-ru-1', 96_000],
        ['search-ranking', 'prod', 'search-ru-1', 192_000],
        ['core-platform', 'test', 'ci-ru', 60_000],
      ],
    },
    {
      ...compute,
      service: 'Compute Cloud',
      sku: 'YC-ICELAKE-RAM',
      meter: 'Memory',
      description: 'Intel Ice Lake, RAM',
      unit: 'GB-Hours',
      price: '0.32',
      laterPrice: '0.3456',
      type: 'compute.instance',
      rhythm: 'consumer',
      growth: 9,
      noise: 25,
      owners: [
        ['fleet-vision', 'prod', 'fleet-ru-1', 768_000],
        ['payments', 'prod', 'pay-ru-1', 384_000],
        ['search-ranking', 'prod', 'search-ru-1', 768_000],
      ],
    },
    {
      ...relational,
      service: 'Managed Service for PostgreSQL',
      sku: 'YC-MDB-PG',
      meter: 'Host vCPU Hours',
      description: 'PostgreSQL host, Intel Ice Lake',
      unit: 'Hours',
      price: '1.92',
      laterPrice: '2.0736',
      type: 'mdb.postgresql.cluster',
      rhythm: 'flat',
      growth: 0,
      noise: 0,
      owners: [['payments', 'prod', 'pg-ru', 288_000]],
    },
    {
      ...storage,
      service: 'Object Storage',
      sku: 'YC-S3-STD',
      meter: 'Stored Data',
      description: 'Standard storage',
      unit: 'GB-Months',
      price: '2.14',
      laterPrice: '2.3112',
      type: 'storage.bucket',
      rhythm: 'flat',
      growth: 16,
      noise: 2,
      owners: [['fleet-vision', 'prod', 'sora-ru-frames', 96_000]],
    },
    {
      ...network,
      service: 'Virtual Private Cloud',
      sku: 'YC-EGRESS',
      meter: 'Data Transfer Out',
      description: 'Egress traffic',
      unit: 'GB',
      price: '1.68',
      type: null,
      rhythm: 'consumer',
      growth: 8,
      noise: 60,
      owners: [['core-platform', 'prod', 'egress-ru', 84_000]],
    },
    {
      category: 'AI and Machine Learning',
      subcategory: 'Generative AI',
      service: 'YandexGPT API',
      sku: 'yandexgpt-pro-input',
      meter: 'Input Tokens',
      description: 'yandexgpt-5-pro, input tokens',
      unit: '1000 Tokens',
      consumedUnit: 'Tokens',
      consumedPower: 3,
      price: '1.2',
      details: { x_ModelId: 'yandexgpt-5-pro' },
      type: null,
      rhythm: 'consumer',
      growth: 22,
      noise: 80,
      owners: [
        ['assistant', 'prod', 'yagpt-assistant', 620_000],
        ['search-ranking', 'prod', 'yagpt-search', 290_000],
      ],
    },
    {
      category: 'AI and Machine Learning',
      subcategory: 'Generative AI',
      service: 'YandexGPT API',
      sku: 'yandexgpt-pro-output',
      meter: 'Output Tokens',
      description: 'yandexgpt-5-pro, output tokens',
      unit: '1000 Tokens',
      consumedUnit: 'Tokens',
      consumedPower: 3,
      price: '1.2',
      details: { x_ModelId: 'yandexgpt-5-pro' },
      type: null,
      rhythm: 'consumer',
      growth: 22,
      noise: 80,
      owners: [
        ['assistant', 'prod', 'yagpt-assistant', 170_000],
        ['search-ranking', 'prod', 'yagpt-search', 80_000],
      ],
    },
  ],
  {
    accountOf: yandexAccountOf,
    region: { id: 'ru-central1', name: 'Russia Central', zones: ['ru-central1-a', 'ru-central1-b'] },
    idOf: (_kind, name) => `epd${name.replaceAll('-', '')}0sora`,
  },
)
