// A Chromium peer for the Go test: it links to the peer in ALDIS_PEER with the JavaScript SDK and sends back, in capitals, what
// comes over the data channel. It ends when that channel does.
import { launch, open } from './chromium.mjs';

const failures = [];
const browser = await launch();
try {
  const page = await open(browser, process.env.ALDIS_DEMO + 'demo/base.css', failures);
  await page.evaluate(async ([peer, name]) => {
    const { AldisClient, PeerLink } = await import('/sdk/aldis.js');
    const client = new AldisClient(location.origin, { peer: name });
    await client.connect();
    const link = new PeerLink(client, { peer });
    const channel = link.pc.createDataChannel('echo');
    channel.onmessage = ({ data }) => channel.send(data.toUpperCase());
    await new Promise((closed) => { channel.onclose = closed; });
    await client.close();
  }, [process.env.ALDIS_PEER, 'chromium']);
} finally {
  await browser.close();
}
if (failures.length > 0) throw new Error(failures.join('\n'));
