import { type Check, type Connector, ProviderFailure, tryRight } from '@infrazen/connector-kit'
import { endpoint, region, signIn, trustPolicy } from './form'
import { bucketOf, findExport, readDeliveries } from './read-deliveries'
import { accountOf, assumeRole } from './sign-in'

/** Exports of AWS in a bucket: FOCUS, Cost and Usage Report 2.0 and the legacy report, as their manifests name them. */
export const dataExports: Connector = {
  manifest: {
    id: 'aws',
    name: 'AWS',
    category: 'cloud',
    summary: {
      en: 'Data Exports in S3: FOCUS 1.0 and 1.2, CUR 2.0 and the legacy CUR, by account, service and resource',
      ko: 'S3의 Data Exports: FOCUS 1.0·1.2, CUR 2.0, 기존 CUR을 계정·서비스·리소스별로',
      ru: 'Data Exports в S3: FOCUS 1.0 и 1.2, CUR 2.0 и прежний CUR по аккаунтам, сервисам и ресурсам',
    },
    // AWS restates the two weeks behind a month's end, and refunds come later; unchanged months cost one small request.
    reads: [{ kind: 'files', grain: 'hour', restatementDays: 75, historyDays: null, usualLatenessHours: 24 }],
    currency: null,
    timeZone: 'UTC',
    everyMinutes: 120,
    rateLimit: { perMinute: 600, concurrent: 4 },
    webhooks: null,
    credentials: [
      {
        id: 'bucket',
        kind: 'text',
        label: { en: 'Bucket', ko: '버킷', ru: 'Бакет' },
        required: true,
        pattern: '[a-z0-9.-]{3,63}',
      },
      region,
      {
        id: 'prefix',
        kind: 'text',
        label: { en: 'Folder of the export', ko: '내보내기 폴더', ru: 'Папка экспорта' },
        help: {
          en: 'The S3 path prefix and the name of the export: finops/focus-daily/. It holds data/ and metadata/.',
          ko: 'S3 경로 접두사와 내보내기 이름이에요: finops/focus-daily/. 안에 data/와 metadata/가 있어요.',
          ru: 'Префикс пути S3 и имя экспорта: finops/focus-daily/. Внутри лежат data/ и metadata/.',
        },
        required: true,
        placeholder: 'finops/focus-daily/',
        pattern: '[^\\s\\\\][^\\\\]{0,900}',
      },
      ...signIn,
      endpoint,
    ],
    rights: [
      {
        id: 's3:ListBucket',
        needed: true,
        title: { en: 'List the bucket', ko: '버킷 목록 보기', ru: 'Просмотр списка бакета' },
        remedy: {
          en: 'Allow s3:ListBucket on the bucket itself (without /*), and check the names of bucket and region.',
          ko: '버킷 자체(/* 없이)에 s3:ListBucket을 허용하고, 버킷과 리전 이름을 확인하세요.',
          ru: 'Разрешите s3:ListBucket на сам бакет (без /*) и проверьте имя бакета и регион.',
        },
      },
      {
        id: 's3:GetObject',
        needed: true,
        title: { en: 'Read the files', ko: '파일 읽기', ru: 'Чтение файлов' },
        remedy: {
          en: 'Allow s3:GetObject on the objects (with /*). With SSE-KMS also kms:Decrypt on the key.',
          ko: '객체(/* 포함)에 s3:GetObject를 허용하세요. SSE-KMS라면 키에 kms:Decrypt도 필요해요.',
          ru: 'Разрешите s3:GetObject на объекты (с /*). При SSE-KMS — также kms:Decrypt на ключ.',
        },
      },
      {
        id: 'sts:AssumeRole',
        needed: false,
        title: { en: 'Assume the role', ko: '역할 맡기', ru: 'Принятие роли' },
        remedy: {
          en: 'The trust policy of the role must name the user of the key and the same external ID, and the user needs sts:AssumeRole on the role.',
          ko: '역할의 신뢰 정책에 키의 사용자와 같은 외부 ID가 있어야 하고, 사용자에게 그 역할의 sts:AssumeRole이 필요해요.',
          ru: 'Политика доверия роли должна называть пользователя ключа и тот же External ID, а пользователю нужно sts:AssumeRole на эту роль.',
        },
      },
    ],
    setUp: [
      {
        title: { en: 'Make an export', ko: '내보내기 만들기', ru: 'Создайте экспорт' },
        text: {
          en: 'In the payer account open Billing and Cost Management › Data Exports › Create. Choose “FOCUS 1.2 with AWS columns”, Parquet, “Overwrite existing data export file”, and a bucket. The first files come within 24 hours.',
          ko: '지불 계정에서 Billing and Cost Management › Data Exports › Create를 열고 “FOCUS 1.2 with AWS columns”, Parquet, “Overwrite existing data export file”, 버킷을 고르세요. 첫 파일은 24시간 안에 와요.',
          ru: 'В платёжном аккаунте откройте Billing and Cost Management › Data Exports › Create. Выберите «FOCUS 1.2 with AWS columns», Parquet, «Overwrite existing data export file» и бакет. Первые файлы появятся в течение 24 часов.',
        },
        link: 'https://console.aws.amazon.com/costmanagement/home#/bcm-data-exports',
      },
      {
        title: { en: 'Give the least rights', ko: '최소 권한 주기', ru: 'Дайте минимум прав' },
        text: {
          en: 'Make a user or a role with this policy. Put the name of the bucket in place of BUCKET and the folder in place of PREFIX.',
          ko: '이 정책으로 사용자나 역할을 만드세요. BUCKET에 버킷 이름을, PREFIX에 폴더를 넣으세요.',
          ru: 'Создайте пользователя или роль с этой политикой. Вместо BUCKET подставьте имя бакета, вместо PREFIX — папку.',
        },
        copy: JSON.stringify(
          {
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Action: 's3:ListBucket',
                Resource: 'arn:aws:s3:::BUCKET',
                Condition: { StringLike: { 's3:prefix': 'PREFIX*' } },
              },
              { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::BUCKET/PREFIX*' },
            ],
          },
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
          en: 'If the bill lies in another account: give the policy above to a role there, with this trust policy and an external ID that you make up.',
          ko: '청구서가 다른 계정에 있으면, 그 계정의 역할에 위 정책을 주고 이 신뢰 정책과 직접 정한 외부 ID를 넣으세요.',
          ru: 'Если счёт лежит в другом аккаунте: дайте политику выше роли в нём, с этой политикой доверия и придуманным вами External ID.',
        },
        copy: trustPolicy,
      },
    ],
    sources: [
      'https://docs.aws.amazon.com/cur/latest/userguide/dataexports-export-delivery.html',
      'https://docs.aws.amazon.com/cur/latest/userguide/what-is-data-exports.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html',
      'https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html',
    ],
  },
  async test(context) {
    const checks: Check[] = []
    if (context.credentials.roleArn) {
      checks.push(await tryRight('sts:AssumeRole', () => assumeRole(context)))
      if (checks[0]?.state !== 'works') return { account: null, checks }
    }
    const bucket = bucketOf(context)
    let found: Awaited<ReturnType<typeof findExport>> = null
    const list = await tryRight('s3:ListBucket', async () => {
      found = await findExport(context, bucket)
    })
    checks.push(list)
    const manifest = [...((found as Awaited<ReturnType<typeof findExport>>)?.manifests.values() ?? [])].at(-1)
    checks.push(
      manifest
        ? await tryRight('s3:GetObject', () => bucket.text(manifest))
        : list.state === 'works'
          ? {
              right: 's3:GetObject',
              state: 'unknown',
              code: 'no_manifest',
              message: 'Below the prefix is no manifest of an export yet, so reading could not be tried.',
            }
          : { ...list, right: 's3:GetObject' },
    )
    // One account may have exports in several places; two connections to one place would count twice.
    const id = `${context.credentials.bucket}/${context.credentials.prefix}`
    return { account: { id, name: (await accountOf(context)) ?? id }, checks }
  },
  async *read(request, context) {
    if (request.kind !== 'files') throw new ProviderFailure('rejected', `An export holds files, no ${request.kind}.`)
    yield* readDeliveries(request, context)
  },
}
