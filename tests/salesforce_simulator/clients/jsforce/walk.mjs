// Does with jsforce what its documentation shows, and prints what came of each step as JSON.
//
// node walk.mjs <file with the organisation's ready line> <folder with a package to deploy>

import { readFileSync } from "node:fs";
import jsforce from "jsforce";

const [readyFile, packageZip] = process.argv.slice(2);
const org = JSON.parse(readFileSync(readyFile, "utf8"));
const results = {};

async function step(name, work) {
  try {
    results[name] = { value: await work() };
  } catch (error) {
    results[name] = { error: String(error.name), message: String(error.message) };
  }
}

const people = (count, company) =>
  Array.from({ length: count }, (_, n) => ({
    LastName: `Walker ${n}`,
    Company: company,
    Email: `walker${n}@${company.toLowerCase()}.example`,
  }));
const succeeded = (rows) => rows.filter((row) => row.success).length;

const conn = new jsforce.Connection({ loginUrl: org.url });
await step("login", async () => {
  const user = await conn.login(org.username, org.password + org.security_token);
  return { ...user, instanceUrl: conn.instanceUrl };
});
await step("wrongPassword", () => new jsforce.Connection({ loginUrl: org.url }).login(org.username, "no"));
await step("identity", () => conn.identity());
await step("limits", async () => Object.keys(await conn.limits()));
await step("describeGlobal", async () => (await conn.describeGlobal()).sobjects.map((item) => item.name));
await step("describe", async () => {
  const described = await conn.sobject("Lead").describe();
  return { name: described.name, fields: described.fields.map((field) => field.name) };
});

await step("queryPage", async () => {
  const page = await conn.query("SELECT Id FROM Lead");
  return { totalSize: page.totalSize, records: page.records.length, done: page.done };
});
await step("autoFetch", async () => {
  const query = conn.query("SELECT Id, Name FROM Lead ORDER BY Name").scanAll(false);
  const found = await query.run({ autoFetch: true, maxFetch: 10000 });
  return { totalSize: found.totalSize ?? found.length, records: found.records?.length ?? found.length };
});
await step("findWithConditions", async () => {
  const found = await conn
    .sobject("Contact")
    .find({ Email: { $like: "%@%" }, CreatedDate: { $gte: jsforce.Date.toDateTimeLiteral("2020-01-01T00:00:00Z") } }, "Id, Name, Account.Name")
    .sort({ Name: 1 })
    .limit(3);
  return found.map((record) => Object.keys(record));
});
await step("malformedQuery", () => conn.query("SELECT Id FORM Lead"));

// Create, update, upsert and destroy of 201 records: one more than a request takes.
let ids = [];
await step("createMany", async () => {
  const rows = await conn.sobject("Lead").create(people(201, "Jsforce"), { allowRecursive: true });
  ids = rows.map((row) => row.id);
  return succeeded(rows);
});
await step("updateMany", async () =>
  succeeded(
    await conn.sobject("Lead").update(ids.map((Id) => ({ Id, Title: "Moved" })), { allowRecursive: true }),
  ),
);
await step("upsertMany", async () => {
  const records = people(201, "Jsforce").map((person, n) => ({ ...person, ActOn_Record_Id__c: `js-${n}` }));
  const rows = await conn.sobject("Lead").upsert(records, "ActOn_Record_Id__c", { allowRecursive: true });
  ids = ids.concat(rows.map((row) => row.id));
  return { succeeded: succeeded(rows), created: rows.filter((row) => row.created).length };
});
await step("retrieve", async () => (await conn.sobject("Lead").retrieve(ids.slice(0, 3))).map((lead) => lead.Title));
await step("destroyMany", async () =>
  succeeded(await conn.sobject("Lead").destroy(ids, { allowRecursive: true })),
);
await step("single", async () => {
  const made = await conn.sobject("Lead").create({ LastName: "One", Company: "Jsforce" });
  await conn.sobject("Lead").update({ Id: made.id, Title: "First" });
  const read = await conn.sobject("Lead").retrieve(made.id);
  const gone = await conn.sobject("Lead").destroy(made.id);
  return { title: read.Title, destroyed: gone.success };
});
await step("invalidRecord", () => conn.sobject("Lead").create({ LastName: "No company" }));

// Bulk API, the first and the second.
await step("bulkLoad", async () => succeeded(await conn.bulk.load("Lead", "insert", people(3, "BulkOne"))));
await step("bulkQuery", async () => {
  const stream = await conn.bulk.query("SELECT Id, Email FROM Lead WHERE Company = 'BulkOne' ORDER BY Email");
  return await stream.toArray();
});
await step("bulk2Load", async () => {
  const outcome = await conn.bulk2.loadAndWaitForResults({
    object: "Lead",
    operation: "insert",
    input: people(3, "BulkTwo"),
    pollInterval: 200,
    pollTimeout: 60000,
  });
  return Object.fromEntries(Object.entries(outcome).map(([kind, rows]) => [kind, rows.length]));
});
await step("bulk2Query", async () => {
  conn.bulk2.pollInterval = 200;
  const stream = await conn.bulk2.query("SELECT Id, Email FROM Lead WHERE Company = 'BulkTwo' ORDER BY Email");
  return await stream.toArray();
});
await step("cleanUp", async () => {
  const left = await conn.query("SELECT Id FROM Lead WHERE Company IN ('BulkOne', 'BulkTwo')");
  return succeeded(await conn.sobject("Lead").destroy(left.records.map((record) => record.Id)));
});

await step("reports", async () => {
  const [first] = (await conn.query("SELECT Id, Name FROM Report WHERE Format = 'Tabular' ORDER BY Name")).records;
  const report = conn.analytics.report(first.Id);
  const described = await report.describe();
  const ran = await report.execute({ details: true });
  return {
    name: described.reportMetadata.name,
    columns: described.reportMetadata.detailColumns.length,
    cells: ran.factMap["T!T"].rows[0].dataCells.length,
    allData: ran.allData,
  };
});

await step("metadataDeploy", async () => {
  const deployed = await conn.metadata
    .deploy(readFileSync(packageZip), { rollbackOnError: true, singlePackage: true })
    .complete({ details: true });
  return {
    status: deployed.status,
    success: deployed.success,
    components: deployed.numberComponentsDeployed,
    errors: deployed.numberComponentErrors,
  };
});
await step("metadataList", async () => {
  const listed = await conn.metadata.list([{ type: "CustomField" }]);
  return listed.map((item) => item.fullName);
});

await step("logout", async () => {
  await conn.logout();
  return "out";
});

process.stdout.write(JSON.stringify(results));
process.exit(0);
