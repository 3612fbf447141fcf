// XML, and the documents of the operations that carry one.
import assert from 'node:assert/strict'
import { codecs, escapeXml, parseXml, type WireRequest, type XmlElement } from '../../src/index.ts'
import { wireRequest } from '../wire-request.ts'
import { fuzz } from './fuzz.ts'

const xmlns = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'

function write({ name, text, children }: XmlElement): string {
  return `<${name}>${children.length > 0 ? children.map(write).join('') : escapeXml(text)}</${name}>`
}

fuzz({
  name: 'XML documents',
  seeds: [
    `<?xml version="1.0"?><Delete ${xmlns}><Quiet>true</Quiet><Object><Key>a&amp;b</Key><VersionId>v</VersionId></Object></Delete>`,
    `<CompleteMultipartUpload ${xmlns}><Part><PartNumber>1</PartNumber><ETag>&quot;e&quot;</ETag></Part></CompleteMultipartUpload>`,
    '<Tagging><TagSet><Tag><Key>k</Key><Value><![CDATA[v]]></Value></Tag><!-- more --></TagSet></Tagging>',
    '<CreateBucketConfiguration><LocationConstraint>eu</LocationConstraint></CreateBucketConfiguration>',
  ],
  dictionary: [
    ...[
      '<',
      '>',
      '/>',
      '</',
      '<a>',
      '</a>',
      '<a b="',
      '<!--',
      '-->',
      '<![CDATA[',
      ']]>',
      '<?',
      '?>',
      '<!DOCTYPE a [',
      '<!ENTITY a "',
    ],
    ...[
      '&',
      '&amp;',
      '&lt;',
      '&#x',
      '&#0;',
      '&#x10ffff;',
      ';',
      '"',
      "'",
      '=',
      ' ',
      '\r',
      '\n',
      '\x00',
      '\xff',
      '\xc3\xa9',
      '\xef\xbb\xbf',
    ],
    ...[
      '<Key>',
      '</Key>',
      '<Object>',
      '<Part>',
      '<PartNumber>',
      '<ETag>',
      '<Quiet>',
      '<TagSet>',
      '__proto__',
      'xmlns:s3="',
    ],
  ],
  run(input) {
    const root = parseXml(input)
    assert.deepEqual(parseXml(Buffer.from(write(root))), root)
    const request: WireRequest = { ...wireRequest({ key: 'k', query: 'uploadId=u' }), document: input }
    const operations = {
      Delete: 'deleteObjects',
      CompleteMultipartUpload: 'completeMultipartUpload',
      Tagging: 'putObjectTagging',
    } as const
    const operation = new Map<string, (typeof operations)[keyof typeof operations]>(Object.entries(operations)).get(
      root.name,
    )
    codecs[operation ?? 'createBucket'].decode(request)
  },
})
