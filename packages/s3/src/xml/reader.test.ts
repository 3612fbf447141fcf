import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { limits } from '../limits.ts'
import { child, childrenNamed, childText, parseXml, type XmlElement } from './reader.ts'
import { escapeXml } from './writer.ts'

const parse = (document: string) => parseXml(Buffer.from(document))
const text = (document: string) => parse(document).text

function refuses(message: RegExp, ...documents: string[]): void {
  for (const document of documents) {
    assert.throws(() => parse(document), { code: 'MalformedXML', message }, document.slice(0, 100))
  }
}

test('parseXml: elements, text and attributes', () => {
  const root = parse('<?xml version="1.0" encoding="UTF-8"?>\n<a x="1" y=\'2\'>\n <b>1</b><c/><b >2</b ></a>\n')
  const leaf = (name: string, content: string) => ({ name, text: content, children: [] })
  assert.deepEqual(root, { name: 'a', text: '', children: [leaf('b', '1'), leaf('c', ''), leaf('b', '2')] })
  assert.equal(childText(root, 'b'), '1')
  assert.equal(childText(root, 'd'), undefined)
  assert.equal(child(root, 'constructor'), undefined)
  assert.equal(childrenNamed(root, 'b').length, 2)
  assert.equal(childText(parse('<a><b> \n1\t</b></a>'), 'b'), '1')
})

test('parseXml: namespaces are passed over', () => {
  const root = parse('<s3:a xmlns:s3="http://s3.amazonaws.com/doc/2006-03-01/" xmlns="x"><s3:b>1</s3:b></s3:a>')
  assert.equal(root.name, 'a')
  assert.equal(childText(root, 'b'), '1')
  refuses(/not well-formed/, '<:a/>', '<a:/>', '<a:b:c/>')
  refuses(/end of <s:a>/, '<s:a></a>', '<s:a></t:a>')
})

test('parseXml: CDATA, comments and instructions', () => {
  assert.equal(text('<a>1<![CDATA[<b>&amp;]]]]><![CDATA[>]]>2</a>'), '1<b>&amp;]]>2')
  assert.equal(text('<!-- before --><a>1<!-- <b> & --\n-->2<?do it?>3</a><!---->\n<?after?>'), '123')
  refuses(/never closed/, '<a><!-- </a>', '<a><?x </a>', '<!-->', '<?')
  refuses(/CDATA/, '<![CDATA[x]]>', '<a><![CDATA[x</a>', '<a/><![CDATA[ ]]>')
})

test('parseXml: references to characters, and to nothing else', () => {
  assert.equal(text('<a>&amp;&lt;&gt;&quot;&apos;&#65;&#x42;&#x1F511;&#x1;&#1114111;</a>'), '&<>"\'AB🔑\x01\u{10ffff}')
  assert.equal(text('<a>&amp;lt;</a>'), '&lt;')
  const bad = [
    '&',
    '&;',
    '&amp',
    '&nbsp;',
    '&constructor;',
    '&__proto__;',
    '&#;',
    '&#x;',
    '&#0;',
    '&#xd800;',
    '&#x110000;',
  ]
  refuses(
    /not a reference/,
    ...[...bad, '&#-1;', '&#1e3;', '& amp;', '&#99999999999;', '&AMP;'].map((name) => `<a>${name}</a>`),
  )
  assert.equal(text('<a>]]&gt;</a>'), ']]>')
})

test('parseXml: line ends are line feeds (XML 1.0, section 2.11)', () => {
  assert.equal(text('<a>1\r\n2\r3\n4&#13;5</a>'), '1\n2\n3\n4\r5')
})

test('parseXml: documents that end too early, or too late', () => {
  refuses(/not complete/, '', ' \n', '<?xml version="1.0"?>', '<a>', '<a><b></b>', '<!-- only -->')
  refuses(/more than one root/, '<a/><b/>', '<a></a><a>')
  refuses(/outside of the root/, 'x', '<a/>x', 'x<a/>', '\u00a0<a/>', '{"a": 1}')
  refuses(/expected the end/, '</a>', '<a></b>', '<a><b></a></b>', '<a></a></a>', '<a></a x>')
  refuses(/both text and elements/, '<a>x<b/></a>', '<a><b/>x</a>')
})

test('parseXml: tags that are not well-formed', () => {
  const bad = [
    '<',
    '<>',
    '< a/>',
    '<1/>',
    '<a',
    '<a b/>',
    '<a b=c/>',
    '<a b="c/>',
    '<a b=\'c"/>',
    '<a b="<"/>',
    '<a"b"="c"/>',
  ]
  refuses(/not well-formed/, ...bad, '<a b="1"c="2"/>', '<a / >', '<a//>', '<a\0/>', '<é/>', '<a =""/>')
})

test('parseXml: the error tells the line', () => {
  assert.throws(() => parse('<a>\n<b>\n</c>'), { message: /\(line 3\)/ })
})

test('parseXml: document types, and with them every entity, are refused', () => {
  const laughs = '<!DOCTYPE lolz [<!ENTITY a "lol"><!ENTITY b "&a;&a;">]><lolz>&b;</lolz>'
  const outside = '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'
  refuses(/document types/, laughs, outside, '<!DOCTYPE a><a/>', '<!ENTITY a "b"><a/>', '<a><!ELEMENT b></a>', '<!>')
})

test('parseXml: depth, elements and bytes are limited', () => {
  const deep = (depth: number) => `${'<a>'.repeat(depth)}${'</a>'.repeat(depth)}`
  parse(deep(limits.xmlDepthMax))
  refuses(/too deep/, deep(limits.xmlDepthMax + 1), '<a>'.repeat(500_000))
  parse(`<a>${'<b/>'.repeat(limits.xmlElementsMax - 1)}</a>`)
  refuses(/too many elements/, `<a>${'<b/>'.repeat(limits.xmlElementsMax)}</a>`)
  parse(`<a>${'x'.repeat(limits.documentBytesMax - 7)}</a>`)
  assert.throws(() => parse(`<a>${'x'.repeat(limits.documentBytesMax)}</a>`), { code: 'MaxMessageLengthExceeded' })
})

test('parseXml: only UTF-8, with or without a byte order mark', () => {
  assert.equal(text('\ufeff<a>é</a>'), 'é')
  const bytes = [
    [0xff, 0xfe],
    [0x3c, 0x61, 0x3e, 0xc3, 0x3c],
    [0xed, 0xa0, 0x80],
    [0xc0, 0x80],
  ]
  for (const invalid of bytes) {
    assert.throws(() => parseXml(Uint8Array.from(invalid)), { code: 'MalformedXML', message: /UTF-8/ })
  }
  assert.throws(() => parseXml(Buffer.from('<a/>', 'utf16le')), { code: 'MalformedXML' })
})

test('parseXml: hostile documents of the greatest size take linear time', () => {
  const room = limits.documentBytesMax - 100
  const fill = (piece: string) => piece.repeat(Math.floor(room / piece.length))
  const hostile = ['<', '&', '&amp;', '&#', '<!--', '<![CDATA[', '\r', ' ', '"', '<a ', '</', ']]>', '<a b="" ']
  for (const piece of hostile) {
    for (const document of [fill(piece), `<a>${fill(piece)}</a>`, `<a ${fill(piece)}>`, `<a b="${fill(piece)}`]) {
      const startMs = performance.now()
      try {
        parse(document)
      } catch (error) {
        assert.equal((error as { code?: string }).code, 'MalformedXML')
      }
      assert.ok(performance.now() - startMs < 2000, JSON.stringify(document.slice(0, 30)))
    }
  }
})

const names = fc.stringMatching(/^[A-Za-z_][A-Za-z0-9_.-]{0,8}$/)
// No NUL, which XML has no way to write, and no lone halves of characters, which UTF-8 has not.
const characters = fc.string({ unit: 'binary', maxLength: 30 }).map((value) => value.replaceAll('\0', ''))
const leaf = fc.tuple(names, characters).map(([name, content]): XmlElement => ({ name, text: content, children: [] }))
const { element } = fc.letrec<{ element: XmlElement }>((tie) => ({
  element: fc.oneof(
    { maxDepth: 4 },
    leaf,
    fc
      .tuple(names, fc.array(tie('element'), { minLength: 1, maxLength: 4 }))
      .map(([name, children]) => ({ name, text: '', children })),
  ),
}))

function write({ name, text: content, children }: XmlElement): string {
  return `<${name}>${children.length > 0 ? children.map(write).join('\n') : escapeXml(content)}</${name}>`
}

test('parseXml: reads what the writer wrote, for every document', () => {
  fc.assert(fc.property(element, (root) => assert.deepEqual(parse(write(root)), root)))
})
