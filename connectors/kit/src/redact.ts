/** Replaces every secret, also as it stands in an address or in basic authorisation, before a text may leave the process. */
export function redact(text: string, secrets: readonly string[]): string {
  let clean = text
  for (const secret of secrets) {
    if (secret.length < 4) continue
    for (const form of new Set([secret, encodeURIComponent(secret), Buffer.from(secret).toString('base64')]))
      clean = clean.replaceAll(form, '•••')
  }
  return clean
}
