import {
  type Connector,
  type Context,
  matcherOf,
  ProviderFailure,
  type SourceFile,
  tryRight,
} from '@infrazen/connector-kit'
import { openBucket, type StoredObject } from '@infrazen/connector-kit/s3'
import { pagesOf } from './one-file'
import { currency, format, listing, pattern, reading, reads } from './texts'

const openOf = (context: Context) => {
  const { endpoint, region, bucket, pathStyle, accessKeyId, secretAccessKey } = context.credentials
  return openBucket(
    context,
    {
      bucket: bucket ?? '',
      region: region || 'us-east-1',
      endpoint: endpoint || undefined,
      pathStyle: pathStyle !== 'host',
    },
    { accessKeyId: accessKeyId ?? '', secretAccessKey: secretAccessKey ?? '' },
    [secretAccessKey ?? ''],
  )
}

async function* objectsOf(context: Context, after?: string, mostAtOnce?: number): AsyncGenerator<StoredObject> {
  const fits = matcherOf(context.credentials.pattern)
  const prefix = context.credentials.prefix ?? ''
  for await (const page of openOf(context).list(prefix, { after, most: mostAtOnce }))
    for (const object of page) if (!object.key.endsWith('/') && object.bytes > 0 && fits(object.key)) yield object
}

async function* filesOf(context: Context, cursor: string | null): AsyncGenerator<SourceFile> {
  const bucket = openOf(context)
  for await (const object of objectsOf(context, cursor ?? undefined))
    yield {
      key: object.key,
      name: object.key.split('/').at(-1) ?? object.key,
      version: object.etag,
      bytes: object.bytes,
      open: () => bucket.read(object),
    }
}

/** Files in a bucket of S3 or of any service that speaks its language. */
export const bucket: Connector = {
  manifest: {
    id: 'files-bucket',
    name: 'S3-compatible bucket',
    title: { en: 'S3-compatible bucket', ko: 'S3 호환 버킷', ru: 'S3-совместимый бакет' },
    category: 'files',
    summary: {
      en: 'Bill files from MinIO, Yandex Object Storage, VK Cloud, Selectel, NAVER Cloud, NHN Cloud, Ceph or S3',
      ko: 'MinIO, Yandex Object Storage, VK Cloud, Selectel, 네이버클라우드, NHN Cloud, Ceph, S3의 청구 파일',
      ru: 'Файлы счетов из MinIO, Yandex Object Storage, VK Cloud, Selectel, NAVER Cloud, NHN Cloud, Ceph или S3',
    },
    reads,
    currency: null,
    timeZone: 'UTC',
    everyMinutes: 60,
    rateLimit: { perMinute: 600, concurrent: 4 },
    webhooks: null,
    credentials: [
      {
        id: 'endpoint',
        kind: 'url',
        label: { en: 'Address of the service', ko: '서비스 주소', ru: 'Адрес сервиса' },
        help: {
          en: 'Without the bucket, such as https://storage.yandexcloud.net. Empty: AWS.',
          ko: 'https://storage.yandexcloud.net처럼 버킷 없이 적으세요. 비워 두면 AWS예요.',
          ru: 'Без бакета, например https://storage.yandexcloud.net. Пусто — AWS.',
        },
        required: false,
        placeholder: 'https://storage.yandexcloud.net',
      },
      {
        id: 'region',
        kind: 'text',
        label: { en: 'Region', ko: '리전', ru: 'Регион' },
        help: {
          en: 'It is part of the signature: ru-central1 at Yandex, kr-standard at NAVER, us-east-1 at MinIO.',
          ko: '서명에 들어가요. Yandex는 ru-central1, 네이버는 kr-standard, MinIO는 us-east-1이에요.',
          ru: 'Входит в подпись: ru-central1 у Yandex, kr-standard у NAVER, us-east-1 у MinIO.',
        },
        required: true,
        initial: 'us-east-1',
        pattern: '[\\w-]{2,40}',
      },
      {
        id: 'bucket',
        kind: 'text',
        label: { en: 'Bucket', ko: '버킷', ru: 'Бакет' },
        required: true,
        pattern: '[\\w.-]{3,255}',
      },
      {
        id: 'prefix',
        kind: 'text',
        label: { en: 'Prefix', ko: '접두사', ru: 'Префикс' },
        help: {
          en: 'The folder within the bucket, with its slash at the end.',
          ko: '버킷 안의 폴더예요. 끝에 빗금(/)을 붙이세요.',
          ru: 'Папка внутри бакета, с косой чертой на конце.',
        },
        required: false,
        placeholder: 'billing/',
      },
      pattern,
      {
        id: 'accessKeyId',
        kind: 'text',
        label: { en: 'Access key ID', ko: '액세스 키 ID', ru: 'Идентификатор ключа доступа' },
        required: true,
        pattern: '\\S{3,256}',
      },
      {
        id: 'secretAccessKey',
        kind: 'secret',
        label: { en: 'Secret access key', ko: '비밀 액세스 키', ru: 'Секретный ключ доступа' },
        required: true,
        pattern: '\\S{3,512}',
      },
      {
        id: 'pathStyle',
        kind: 'choice',
        label: { en: 'Where the bucket stands', ko: '버킷 이름의 위치', ru: 'Где указан бакет' },
        required: true,
        initial: 'path',
        choices: [
          {
            value: 'path',
            label: {
              en: 'In the path (most services)',
              ko: '경로 (대부분의 서비스)',
              ru: 'В пути (большинство сервисов)',
            },
          },
          { value: 'host', label: { en: 'In the host name', ko: '호스트 이름', ru: 'В имени хоста' } },
        ],
      },
      format,
      currency,
    ],
    rights: [
      {
        id: 's3:ListBucket',
        needed: true,
        title: listing,
        remedy: {
          en: 'Allow s3:ListBucket on the bucket for this key (a role such as storage.viewer), and check bucket, region and prefix.',
          ko: '이 키에 버킷의 s3:ListBucket 권한(storage.viewer 같은 역할)을 주고, 버킷·리전·접두사를 확인하세요.',
          ru: 'Разрешите этому ключу s3:ListBucket на бакет (роль вроде storage.viewer) и проверьте бакет, регион и префикс.',
        },
      },
      {
        id: 's3:GetObject',
        needed: true,
        title: reading,
        remedy: {
          en: 'Allow s3:GetObject on the objects below the prefix.',
          ko: '접두사 아래 객체에 s3:GetObject 권한을 주세요.',
          ru: 'Разрешите s3:GetObject на объекты под префиксом.',
        },
      },
    ],
    setUp: [
      {
        title: {
          en: 'Make a key that may only read',
          ko: '읽기 전용 키 만들기',
          ru: 'Создайте ключ только для чтения',
        },
        text: {
          en: 'At the service make a user or service account with this policy (or its role “viewer of the storage”) and a static access key for it. Put the name of your bucket in place of BUCKET.',
          ko: '서비스에서 이 정책(또는 스토리지 뷰어 역할)을 가진 사용자나 서비스 계정을 만들고 정적 액세스 키를 발급하세요. BUCKET에 버킷 이름을 넣으세요.',
          ru: 'Создайте в сервисе пользователя или сервисный аккаунт с этой политикой (или с ролью на просмотр хранилища) и статический ключ доступа. Вместо BUCKET подставьте имя бакета.',
        },
        copy: JSON.stringify(
          {
            Version: '2012-10-17',
            Statement: [
              { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::BUCKET' },
              { Effect: 'Allow', Action: 's3:GetObject', Resource: 'arn:aws:s3:::BUCKET/*' },
            ],
          },
          null,
          2,
        ),
      },
    ],
    sources: [
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html',
      'https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html',
      'https://yandex.cloud/en/docs/storage/s3/',
      'https://min.io/docs/minio/linux/developers/minio-drivers.html',
    ],
  },
  async test(context) {
    let first: StoredObject | null = null
    const list = await tryRight('s3:ListBucket', async () => {
      for await (const object of objectsOf(context)) {
        first = object
        break
      }
    })
    const found = first as StoredObject | null
    const get =
      found === null
        ? list.state === 'works'
          ? {
              right: 's3:GetObject',
              state: 'unknown' as const,
              code: 'nothing_found',
              message: 'No file fits the prefix and the pattern, so reading could not be tried.',
            }
          : { ...list, right: 's3:GetObject' }
        : await tryRight('s3:GetObject', async () => {
            for await (const _piece of openOf(context).read(found)) break
          })
    const { endpoint, bucket: name = '', prefix = '', pattern: files = '' } = context.credentials
    // What tells one source of files from another; two of one would count twice.
    const id = [endpoint ? new URL(endpoint).host : 's3', name, prefix, files].join('/')
    return { account: { id, name: `${name}/${prefix}` }, checks: [list, get] }
  },
  async *read({ kind, cursor }, context) {
    if (kind !== 'files') throw new ProviderFailure('rejected', `A bucket holds files, no ${kind}.`)
    yield* pagesOf(
      filesOf(context, cursor),
      cursor,
      'No file in the bucket fits the prefix and the pattern. Check them in “Change credentials”.',
    )
  },
}
