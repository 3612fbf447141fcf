import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
/** A test that runs a program that may not be installed: without it the test is skipped, in CI (`CI=true`) it fails. */
export function testWith(program, debianPackage, name, run) {
  const isInstalled = spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
  const remedy = `${program} is not installed: apt-get install ${debianPackage}`
  if (isInstalled) test(name, run)
  else if (process.env.CI === 'true') {
    test(name, () => {
      throw new Error(remedy)
    })
  } else test(name, { skip: remedy }, () => {})
}
