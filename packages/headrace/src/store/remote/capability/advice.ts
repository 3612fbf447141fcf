import type { ConditionVerdict, Ledger } from './ledger.ts'

/** What an operator is told of something that was tried. */
export interface Advice {
  /** What it is about, such as `conditional PUT`. */
  readonly area: string
  /** As it should be; costs something, or is done without; loses something that clients count on. */
  readonly level: 'pass' | 'warn' | 'fail'
  /** What was found, what Headrace makes of it, and what can be done about it. */
  readonly text: string
}

/** A small body that comes so long after its head, and not longer, has waited for a delayed acknowledgement. */
const delayedAckMs = { min: 30, max: 60 } as const

/** What a ledger means for whoever runs the upstream, the worst first. */
export function adviseOn(ledger: Ledger): Advice[] {
  const rank = { fail: 0, warn: 1, pass: 2 } as const
  return [
    ...conditionAdvice(ledger),
    ...bodyAdvice(ledger),
    ...readAdvice(ledger),
    ...listingAdvice(ledger),
    ...featureAdvice(ledger),
    ...timingAdvice(ledger),
  ].sort((a, b) => rank[a.level] - rank[b.level])
}

const conditionAreas = {
  put: 'conditional PUT',
  complete: 'conditional CompleteMultipartUpload',
  copy: 'conditional CopyObject',
  copySource: 'conditions on the source of a copy',
  delete: 'conditional DELETE',
  deleteObjects: 'conditions of DeleteObjects',
} as const satisfies Record<keyof Ledger['conditions'], string>

const conditionTexts = {
  atomic: 'Of many writers at once one wins.',
  held: 'Holds.',
  racy: 'Several of many writers at once win. Headrace refuses such writes: table formats would lose commits.',
  refused: 'The upstream refuses it, and clients are told so.',
  ignored: 'The upstream writes as if there were no condition. Headrace refuses such writes by name (501).',
} as const satisfies Record<ConditionVerdict, string>

function conditionAdvice({ conditions }: Ledger): Advice[] {
  return (Object.keys(conditionAreas) as (keyof Ledger['conditions'])[]).map((key) => {
    const verdict = conditions[key]
    const isWell = verdict === 'atomic' || verdict === 'held'
    const isHeldHere = key === 'copySource' && verdict === 'ignored'
    const text = isHeldHere
      ? 'The upstream ignores them. Headrace looks at the source before and after each such copy: two requests more.'
      : conditionTexts[verdict]
    const level = isWell ? 'pass' : key === 'put' && verdict !== 'refused' ? 'fail' : 'warn'
    return { area: conditionAreas[key], level, text }
  })
}

function bodyAdvice({ bodies, checksums, completeSize, expectContinue, deleteObjectsChecksum }: Ledger): Advice[] {
  const of = (...wanted: readonly string[]) =>
    Object.entries(checksums).flatMap(([name, verdict]) => (wanted.includes(verdict) ? [name] : []))
  const kept = of('kept')
  const lost = of('checked', 'ignored', 'refused')
  const advice: Advice[] = []
  if (kept.length > 0) advice.push({ area: 'checksums', level: 'pass', text: `Keeps ${kept.join(', ')}.` })
  if (lost.length > 0) {
    advice.push({
      area: 'checksums',
      level: 'warn',
      text: `Does not keep ${lost.join(', ')}. Headrace verifies them on the way in, and reads do not return them.`,
    })
  }
  if (!bodies.signedChunks && !bodies.unsigned) {
    const text = 'Takes neither signed chunks nor unsigned bodies: bodies above 1 MiB cannot be sent.'
    advice.push({ area: 'bodies', level: 'fail', text })
  }
  if (!bodies.signedTrailer && !bodies.unsignedTrailer) {
    const text =
      'Takes no trailers, so newer SDKs cannot upload to it directly. Through Headrace they can: it takes the framing off.'
    advice.push({ area: 'trailers', level: 'warn', text })
  }
  if (!completeSize) {
    const text = 'Does not compare the size that a client expects of an upload. Headrace adds up the parts itself.'
    advice.push({ area: 'size of uploads', level: 'warn', text })
  }
  if (expectContinue === 'never') {
    const text = 'Never says 100 Continue. Headrace does not ask, so a refused write costs the whole body.'
    advice.push({ area: '100-continue', level: 'warn', text })
  }
  if (!deleteObjectsChecksum) {
    const text = 'DeleteObjects needs Content-MD5, which newer SDKs do not send. Headrace adds it.'
    advice.push({ area: 'DeleteObjects', level: 'warn', text })
  }
  return advice
}

function readAdvice({ ranges, partNumber, objectAttributes }: Ledger): Advice[] {
  const advice: Advice[] = []
  if (!ranges.served) {
    const text = 'Sends whole objects where ranges are asked for. Headrace cuts them out: every range costs the whole.'
    advice.push({ area: 'ranges', level: 'fail', text })
  }
  if (ranges.pastEnd !== 416 || ranges.reversed !== 200 || ranges.suffixOfEmpty !== 200) {
    const { pastEnd, reversed, suffixOfEmpty } = ranges
    const text = `Answers differ from AWS at the edges: past the end ${pastEnd} (416), reversed ${reversed} (200), the end of an empty object ${suffixOfEmpty} (200).`
    advice.push({ area: 'ranges', level: 'warn', text })
  }
  if (partNumber === 'own-etag') {
    const text = 'A part is sent with an ETag of its own: transfer managers that compare it with the object’s give up.'
    advice.push({ area: 'parts', level: 'fail', text })
  } else if (partNumber !== 'served') {
    const text = 'Single parts of an object cannot be read. Headrace refuses such reads of objects with several parts.'
    advice.push({ area: 'parts', level: 'warn', text })
  }
  if (!objectAttributes) {
    const text = 'Has no GetObjectAttributes. Headrace answers it from HEAD, but for the parts of an object.'
    advice.push({ area: 'GetObjectAttributes', level: 'warn', text })
  }
  return advice
}

function listingAdvice({ listing }: Ledger): Advice[] {
  const advice: Advice[] = []
  if (listing.order !== 'utf8') {
    const text = 'Listings are not in the order of UTF-8 bytes: tools that merge or continue listings miss objects.'
    advice.push({ area: 'listing', level: 'fail', text })
  }
  if (listing.encoding === 'none') {
    const text = 'Does not encode names in listings: keys with control characters make listings that nobody can read.'
    advice.push({ area: 'listing', level: 'warn', text })
  }
  if (!listing.passesPrefixes) {
    const text = 'A page that ends with a common prefix is followed by one that begins with it: folders appear twice.'
    advice.push({ area: 'listing', level: 'warn', text })
  }
  return advice
}

function featureAdvice({ tagging, acls, versioning }: Ledger): Advice[] {
  const missing = Object.entries({ tags: tagging, ACLs: acls, versioning }).flatMap(([name, has]) =>
    has ? [] : [name],
  )
  if (missing.length === 0) return [{ area: 'features', level: 'pass', text: 'Has tags, ACLs and versioning.' }]
  return [
    { area: 'features', level: 'warn', text: `Has no ${missing.join(', no ')}. What needs them is refused by name.` },
  ]
}

function timingAdvice({ timing }: Ledger): Advice[] {
  if (timing === undefined) return []
  const { firstByteMs, bodyAfterHeadMs } = timing
  if (bodyAfterHeadMs >= delayedAckMs.min && bodyAfterHeadMs <= delayedAckMs.max) {
    const text = `A small body comes ${bodyAfterHeadMs} ms after its head (${firstByteMs} ms): it waits for a delayed acknowledgement. Ceph RGW: set tcp_nodelay=1 in rgw_frontends; elsewhere switch Nagle's algorithm off.`
    return [{ area: 'small reads', level: 'fail', text }]
  }
  const text = `The first byte of 4 KiB comes after ${firstByteMs} ms, the last ${bodyAfterHeadMs} ms later.`
  return [{ area: 'small reads', level: 'pass', text }]
}
