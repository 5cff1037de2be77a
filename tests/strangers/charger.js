// charger.js: a charge point by ocpp-rpc, which holds every message to the standard's own schemas.
// SPDX-License-Identifier: GPL-3.0-or-later
// Usage: node charger.js URL NAME PASSWORD. Ends with code 0 when the central system hangs up, 1 at the first message
// that is not of the schema's form. Prints how many transactions there were and which calls it was asked.
'use strict';
const { RPCClient } = require('ocpp-rpc');

const [, , endpoint, identity, password] = process.argv;
const now = () => new Date().toISOString();
const settings = {
  SupportedFeatureProfiles: 'Core,SmartCharging,RemoteTrigger', LocalAuthorizeOffline: 'true',
  LocalPreAuthorize: 'true', StopTransactionOnInvalidId: 'false', StopTransactionOnEVSideDisconnect: 'true',
  ConnectionTimeOut: '60', MeterValueSampleInterval: '60', MeterValuesSampledData: 'Energy.Active.Import.Register',
};
const asked = {};
let transaction = null, meter = 31850, transactions = 0, ending = false, suspended = false, timer = null;

const client = new RPCClient({
  endpoint, identity, password, protocols: ['ocpp1.6'], strictMode: true, reconnect: false, callTimeoutMs: 10000,
});

function fail(what) {
  console.error(what);
  process.exit(1);
}
client.on('strictValidationFailure', (event) => fail('not of the schema: ' + JSON.stringify(event)));
client.on('badMessage', (event) => fail('no message: ' + JSON.stringify(event)));
client.on('close', () => {
  console.log(JSON.stringify({ transactions, asked }));
  process.exit(0);
});

const call = (action, params) => client.call(action, params).catch((error) => ending || fail(action + ': ' + error));
const tell = (status) => call('StatusNotification',
  { connectorId: 1, errorCode: 'NoError', status, timestamp: now() });
const status = () => (transaction === null ? 'Preparing' : suspended ? 'SuspendedEVSE' : 'Charging');
const measure = () => call('MeterValues', {
  connectorId: 1, ...(transaction !== null && transaction !== 0 && { transactionId: transaction }),
  meterValue: [{ timestamp: now(), sampledValue: [{ value: String(meter), unit: 'Wh' }] }],
});

// A profile's last period allows nothing: from there on the contactor is open, whether anybody is there or not.
function allow({ chargingProfileKind, chargingSchedule }) {
  const periods = chargingSchedule.chargingSchedulePeriod;
  const last = periods[periods.length - 1];
  if (last.limit !== 0) fail('a profile without an end');
  const begun = chargingProfileKind === 'Absolute' ? Date.parse(chargingSchedule.startSchedule) : Date.now();
  clearTimeout(timer);
  suspended = false;
  timer = setTimeout(() => {
    suspended = true;
    if (transaction !== null && !ending) tell('SuspendedEVSE');
  }, begun + last.startPeriod * 1000 - Date.now());
}

async function begin(idTag) {
  transaction = 0;
  await tell('Charging'); // before the transaction, as real ones do
  const answer = await call('StartTransaction', { connectorId: 1, idTag, meterStart: meter, timestamp: now() });
  transaction = answer.transactionId; // refused, when it was taken back meanwhile: then it is told to stop as well
  transactions++;
}

async function end() {
  const transactionId = transaction;
  transaction = null;
  meter += 1;
  await call('StopTransaction', { transactionId, meterStop: meter, timestamp: now(), reason: 'Remote' });
  await tell('Finishing');
}

function handle(action, handler) {
  client.handle(action, ({ params }) => {
    asked[action] = (asked[action] || 0) + 1;
    return handler(params);
  });
}
handle('RemoteStartTransaction', ({ idTag, chargingProfile }) => {
  if (transaction !== null) return { status: 'Rejected' };
  allow(chargingProfile);
  setImmediate(begin, idTag);
  return { status: 'Accepted' };
});
handle('RemoteStopTransaction', ({ transactionId }) => {
  if (transactionId !== transaction) return { status: 'Rejected' };
  setImmediate(end);
  return { status: 'Accepted' };
});
handle('SetChargingProfile', ({ csChargingProfiles }) => {
  if (csChargingProfiles.chargingProfilePurpose === 'TxDefaultProfile') return { status: 'Accepted' };
  if (csChargingProfiles.transactionId !== transaction) return { status: 'Rejected' };
  allow(csChargingProfiles);
  return { status: 'Accepted' };
});
handle('TriggerMessage', ({ requestedMessage }) => {
  setImmediate(requestedMessage === 'MeterValues' ? measure : () => tell(status()));
  return { status: 'Accepted' };
});
handle('GetConfiguration', ({ key }) => ({
  configurationKey: key.filter((one) => one in settings)
    .map((one) => ({ key: one, readonly: false, value: settings[one] })),
  unknownKey: key.filter((one) => !(one in settings)),
}));
handle('ChangeConfiguration', ({ key, value }) => {
  if (!(key in settings)) return { status: 'NotSupported' };
  settings[key] = value;
  return { status: 'Accepted' };
});
client.handle(({ method }) => fail('asked for ' + method));
process.on('SIGTERM', () => { ending = true; clearTimeout(timer); client.close(); });

(async () => {
  for (let tries = 0; ; tries++) { // the bridge may come later
    const error = await client.connect().then(() => null, (reason) => reason);
    if (error === null) break;
    if (tries === 100) throw error;
    await new Promise((wake) => setTimeout(wake, 100));
  }
  const answer = await call('BootNotification', { chargePointVendor: 'ocpp-rpc', chargePointModel: 'strict' });
  if (answer.status !== 'Accepted') fail('not accepted');
  await call('Heartbeat', {});
  await tell('Preparing');
  await call('DataTransfer', { vendorId: 'stranger' });
  await call('Authorize', { idTag: 'BADGE' });
})().catch((error) => fail(String(error)));
