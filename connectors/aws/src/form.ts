import type { CredentialField } from '@infrazen/connector-kit'

/** How to sign in: keys of a user, alone or to assume a role. */
export const signIn: readonly CredentialField[] = [
  {
    id: 'accessKeyId',
    kind: 'text',
    label: { en: 'Access key ID', ko: '액세스 키 ID', ru: 'Идентификатор ключа доступа' },
    required: true,
    placeholder: 'AKIA…',
    pattern: '[A-Z0-9]{16,128}',
    patternHelp: {
      en: 'Capital letters and digits, such as AKIA….',
      ko: 'AKIA…처럼 대문자와 숫자예요.',
      ru: 'Заглавные буквы и цифры, например AKIA….',
    },
  },
  {
    id: 'secretAccessKey',
    kind: 'secret',
    label: { en: 'Secret access key', ko: '비밀 액세스 키', ru: 'Секретный ключ доступа' },
    required: true,
    pattern: '\\S{16,128}',
  },
  {
    id: 'roleArn',
    kind: 'text',
    label: { en: 'Role to assume (ARN)', ko: '맡을 역할 (ARN)', ru: 'Роль (ARN)' },
    help: {
      en: 'When the bill lies in another account. Empty: the key reads by itself.',
      ko: '청구서가 다른 계정에 있을 때 적으세요. 비워 두면 키로 직접 읽어요.',
      ru: 'Если счёт лежит в другом аккаунте. Пусто — ключ читает сам.',
    },
    required: false,
    placeholder: 'arn:aws:iam::111122223333:role/infrazen',
    pattern: 'arn:[\\w-]+:iam::\\d{12}:role/[\\w+=,.@/-]{1,512}',
  },
  {
    id: 'externalId',
    kind: 'text',
    label: { en: 'External ID of the role', ko: '역할의 외부 ID', ru: 'External ID роли' },
    help: {
      en: 'As in the trust policy of the role.',
      ko: '역할의 신뢰 정책에 있는 값이에요.',
      ru: 'Как в политике доверия роли.',
    },
    required: false,
    pattern: '[\\w+=,.@:/-]{2,1224}',
  },
]

export const region: CredentialField = {
  id: 'region',
  kind: 'text',
  label: { en: 'Region of the bucket', ko: '버킷의 리전', ru: 'Регион бакета' },
  required: true,
  initial: 'us-east-1',
  pattern: '[a-z0-9-]{4,30}',
}

export const endpoint: CredentialField = {
  id: 'endpoint',
  kind: 'url',
  label: { en: 'Address of the AWS API', ko: 'AWS API 주소', ru: 'Адрес API AWS' },
  help: {
    en: 'Only for an emulator or a private endpoint. Empty: AWS itself.',
    ko: '에뮬레이터나 프라이빗 엔드포인트일 때만 적으세요. 비워 두면 AWS예요.',
    ru: 'Только для эмулятора или частной точки входа. Пусто — сам AWS.',
  },
  required: false,
}

export const trustPolicy = JSON.stringify(
  {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Principal: { AWS: 'arn:aws:iam::ACCOUNT_OF_THE_KEY:user/infrazen' },
        Action: 'sts:AssumeRole',
        Condition: { StringEquals: { 'sts:ExternalId': 'EXTERNAL_ID' } },
      },
    ],
  },
  null,
  2,
)
