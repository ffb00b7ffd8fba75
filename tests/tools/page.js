// Looks at one page in a browser: `node page.js BROWSER PAGE PICTURES`. Exits with 1 and says what is wrong.
const fs = require('fs');
const { chromium } = require('playwright-core');

const [browserPath, page, pictures] = process.argv.slice(2);
const looks = [
  { name: 'light', width: 1000, height: 1150, scheme: 'light' },
  { name: 'dark', width: 1000, height: 1150, scheme: 'dark' },
  { name: 'phone', width: 360, height: 1150, scheme: 'light' },
  { name: 'phone-dark', width: 360, height: 1150, scheme: 'dark' },
];
const quiet = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];

(async () => {
  const wrong = [];
  const browser = await chromium.launch({ executablePath: browserPath, args: quiet });
  for (const { name, width, height, scheme } of looks) {
    const tab = await browser.newPage({ viewport: { width, height }, colorScheme: scheme, bypassCSP: true });
    tab.on('request', (r) => { if (!r.url().startsWith('file:')) wrong.push(`${name}: asks for ${r.url()}`); });
    tab.on('console', (m) => { if (m.type() === 'error') wrong.push(`${name}: ${m.text()}`); });
    await tab.goto('file://' + page);
    const wider = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (wider > 0) wrong.push(`${name}: ${wider} pixels wider than the window`);
    await tab.screenshot({ path: `${pictures}-${name}.png` });

    // Every part that opens is reached by the keyboard and opened by it.
    const parts = await tab.$$('details');
    for (const [at, part] of parts.slice(0, 40).entries()) {
      if (!(await part.isVisible())) continue;
      const before = await part.evaluate((d) => d.open);
      await (await part.$('summary')).focus();
      await tab.keyboard.press('Enter');
      if ((await part.evaluate((d) => d.open)) === before) wrong.push(`${name}: part ${at} does not open by keyboard`);
    }
    await tab.evaluate(() => document.querySelectorAll('details').forEach((d) => { d.open = true; }));
    await tab.addScriptTag({ path: require.resolve('axe-core/axe.min.js') });
    const { violations } = await tab.evaluate(() => window.axe.run(document, {
      runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'],
    }));
    for (const v of violations) {
      wrong.push(`${name}: ${v.id}: ${v.help}\n${v.nodes.slice(0, 3).map((n) => '  ' + n.html + '\n  ' + n.failureSummary).join('\n')}`);
    }
    const open = await tab.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (open > 0) wrong.push(`${name}: ${open} pixels wider than the window with all parts open`);
    await tab.close();
  }
  await browser.close();
  if (fs.statSync(page).size === 0) wrong.push('the page is empty');
  wrong.forEach((w) => console.error(w));
  process.exitCode = wrong.length ? 1 : 0;
})().catch((problem) => { console.error(problem); process.exitCode = 1; });
