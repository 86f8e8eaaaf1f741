/** What an application may say about its calls; each becomes a dimension of InfraZen. */
export type Named = {
  team?: string
  project?: string
  feature?: string
  experiment?: string
  run?: string
  customer?: string
  environment?: string
  /** Name of the running service (OpenTelemetry `service.name`). */
  service?: string
  /** The end user; the server hashes it where the organization says so. */
  user?: string
}

/** Further names are kept as attributes. */
export type Attribution = Named & { [name: string]: string | undefined }

/** One attempt of one model call. It never holds a prompt or an answer. */
export type Call = {
  /** Identity of this attempt: reporting it again changes nothing. 16 hexadecimal digits. */
  id: string
  /** The same for every attempt (retry, fallback) of one call the application made. 32 hexadecimal digits. */
  logicalCallId: string
  /** 0 for the first attempt. */
  attempt: number
  /** `gen_ai.provider.name`, or the host's name where nothing better is known. */
  provider: string
  requestModel: string
  /** The model that answered; the requested one where the answer does not say. */
  model: string
  operation: string
  startedAt: Date
  durationMs: number
  /** The provider's own usage block as it came; null where it did not come. */
  usage: Record<string, unknown> | null
  /** Served tier, where the answer states it. */
  serviceTier: string
  responseId: string
  outcome: 'ok' | 'error' | 'aborted'
  /** HTTP status or name of the failure; '' when `outcome` is `ok`. */
  error: string
  /** Sizes seen, to estimate the tokens of a call whose usage never came: characters by script. */
  seen: { input: TextSize; output: TextSize }
  attribution: Attribution
}

/** Characters of a text by script: the scripts differ in how many characters make a token. */
export type TextSize = { latin: number; cyrillic: number; hangul: number; other: number }

export const noText: TextSize = { latin: 0, cyrillic: 0, hangul: 0, other: 0 }

export function sizeOfText(text: string): TextSize {
  const size = { ...noText }
  for (const character of text) {
    const code = character.codePointAt(0) as number
    if (code < 0x250) size.latin++
    else if (code >= 0x400 && code < 0x530) size.cyrillic++
    else if (
      (code >= 0xac00 && code <= 0xd7a3) ||
      (code >= 0x1100 && code < 0x1200) ||
      (code >= 0x3130 && code < 0x3190)
    )
      size.hangul++
    else size.other++
  }
  return size
}

export function addSizes(a: TextSize, b: TextSize): TextSize {
  return {
    latin: a.latin + b.latin,
    cyrillic: a.cyrillic + b.cyrillic,
    hangul: a.hangul + b.hangul,
    other: a.other + b.other,
  }
}

export function randomHex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes))
  return Array.from(random, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
