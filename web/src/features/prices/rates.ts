import { type Locale, money } from '../../ui/format'

/** A price with all its digits: nothing of a contract is rounded away. */
export function rateText(value: string | null | undefined, currency: string | null, locale: Locale): string {
  return money(value, currency, locale, { form: 'exact' })
}

/** Units in the order in which a reader looks for them. */
export const unitOrder = [
  'input.text.plain',
  'input.text.cache_read',
  'input.text.cache_write_5m',
  'input.text.cache_write_1h',
  'input.text.cache_write',
  'output.text.visible',
  'output.text.reasoning',
  'input.image.plain',
  'input.audio.plain',
  'input.audio.cache_read',
  'input.video.plain',
  'output.audio',
  'output.image',
  'embedding.text',
  'embedding.image',
  'image.generated',
  'second.audio_in',
  'second.video',
  'char.tts',
  'page.ocr',
  'query.rerank',
  'call.web_search',
  'call.file_search',
  'call.grounding',
  'call.code_exec',
  'hour.ptu',
  'hour.ptu_unused',
  'hour.gpu',
  'hour.container',
]

export function byUnit(a: string, b: string): number {
  const place = (unit: string) => {
    const at = unitOrder.indexOf(unit)
    return at === -1 ? unitOrder.length : at
  }
  return place(a) - place(b) || a.localeCompare(b)
}
