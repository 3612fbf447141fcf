// Installs what package-lock.json names, when it is not installed yet. Plain JavaScript for any Node that npm runs on:
// this is the one script that starts before Node 26 is there (it comes in as the devDependency `node`).
'use strict'
const { spawnSync } = require('node:child_process')
const fs = require('node:fs')
const path = require('node:path')

const root = path.join(__dirname, '..')
const lock = path.join(root, 'package-lock.json')
const installed = path.join(root, 'node_modules', '.package-lock.json')

function isCurrent() {
  try {
    return fs.statSync(installed).mtimeMs >= fs.statSync(lock).mtimeMs && fs.existsSync(nodeBinary())
  } catch {
    return false
  }
}

function nodeBinary() {
  return path.join(root, 'node_modules', '.bin', process.platform === 'win32' ? 'node.cmd' : 'node')
}

if (!isCurrent()) {
  console.log('Installing dependencies (once; Node.js 26 among them) …')
  const npm = process.env.npm_execpath
  const command = npm ? process.execPath : 'npm'
  const args = [...(npm ? [npm] : []), 'ci', '--no-fund', '--no-audit']
  const result = spawnSync(command, args, { cwd: root, stdio: 'inherit' })
  if (result.status !== 0) {
    console.error('The installation failed. Check that the npm registry can be reached, then run the command again.')
    process.exit(result.status || 1)
  }
}
