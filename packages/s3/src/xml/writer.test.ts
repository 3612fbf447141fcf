import assert from 'node:assert/strict'
import { test } from 'node:test'
import { escapeXml, plainXmlDocument, tag, xmlDocument } from './writer.ts'

test('escapeXml: markup, and characters that XML 1.0 cannot hold', () => {
  assert.equal(escapeXml('plain ü 🔑\t\n'), 'plain ü 🔑\t\n')
  assert.equal(escapeXml('<a b="c">&'), '&lt;a b=&quot;c&quot;&gt;&amp;')
  assert.equal(escapeXml('\r\x01\x1f\x7f\ufffe🔑'), '&#xd;&#x1;&#x1f;&#x7f;&#xfffe;🔑')
})

test('tag: text is escaped, nothing is left out but undefined', () => {
  assert.equal(tag('A', '<'), '<A>&lt;</A>')
  assert.equal(tag('A', ''), '<A></A>')
  assert.equal(tag('A', 0), '<A>0</A>')
  assert.equal(tag('A', false), '<A>false</A>')
  assert.equal(tag('A', undefined), '')
})

test('xmlDocument, plainXmlDocument: with and without the namespace of S3', () => {
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n'
  assert.equal(xmlDocument('A', '<B/>'), `${declaration}<A xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><B/></A>`)
  assert.equal(plainXmlDocument('A', '<B/>'), `${declaration}<A><B/></A>`)
})
