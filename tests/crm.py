"""Small exports as HubSpot and Salesforce write them, of invented people; and what is read."""

import polars as pl
import pytest

from features.errors import DataRefused
from features.sources import SourceSpec
from features.sources.kinds import hubspot, salesforce
from features.sources.raw import ROW

KINDS = {"hubspot": hubspot, "salesforce": salesforce}

CONTACTS = """Record ID,Email,Lifecycle Stage,Create Date,Last Modified Date,Became a Lead Date,\
Became a Customer Date
101,ana@example.com,Customer,2026-01-05 09:00,2026-02-10 08:00,2026-01-05 09:00,2026-02-01 10:00
102,budi@example.com,Lead,2026-01-06 09:00,2026-01-06 09:00,2026-01-06 09:01,
"""
DEALS = '''Record ID,Deal Name,Create Date,Amount,Associated Contact IDs,Associated Company IDs,\
"Date entered ""Appointment Scheduled (Sales Pipeline)""",\
"Date entered ""Closed won (Sales Pipeline)"""
7,Fleet,2026-01-02 10:00,1500.5,101;102,900,2026-01-03 11:00,2026-02-01 09:00
8,Depot,2026-01-04 10:00,99,,,,
'''
ENGAGEMENTS = """Record ID,Activity Type,Activity Date,Create Date,Associated Contact IDs
51,CALL,2026-01-03 09:00,2026-01-03 12:00,101
52,INCOMING_EMAIL,2026-01-04 09:00,,102
53,Site Visit,2026-01-05 09:00,2026-01-04 09:00,101
"""
HISTORY = """ID,OPPORTUNITYID,OPPORTUNITY.ACCOUNTID,STAGENAME,AMOUNT,CREATEDDATE
008000000000003,006D000000IqhSL,001D000000IqhSL,Closed Won,700,2026-03-01T00:00:00.000+0000
008000000000001,006D000000IqhSL,001D000000IqhSL,Prospecting,500,2026-01-01T00:00:00.000Z
008000000000002,006D000000IqhSLIA4,001D000000IqhSLIAZ,Prospecting,700,2026-02-01T00:00:00.000Z
"""
FIELDS = """Opportunity ID,Account ID,Field / Event,Old Value,New Value,Edit Date
006D000000IqhSL,001D000000IqhSL,Created.,,,2026-01-01 09:00
006D000000IqhSL,001D000000IqhSL,Stage,Prospecting,Negotiation,2026-01-02 09:00
006D000000IqhSL,001D000000IqhSL,Amount,5,6,2026-01-03 09:00
"""
OPPORTUNITIES = """Id,AccountId,StageName,Amount,IsClosed,CloseDate,CreatedDate,LastStageChangeDate
006D000000IqhSL,001D000000IqhSL,Closed Won,900,true,2026-02-02,2026-01-01T01:00:00.000Z,
006D000000IqhSM,001D000000IqhSL,Proposal,50,false,2026-12-31,2026-01-02T01:00:00.000Z,\
2026-01-05T01:00:00.000Z
006D000000IqhSN,001D000000IqhSL,Proposal,50,false,2026-12-31,2026-01-02T01:00:00.000Z,
"""


def source(kind, text, folder, **said):
    options = {name: said.pop(name) for name in ("object", "customer", "won") if name in said}
    spec = SourceSpec(name="crm", kind=kind, path="crm.csv", options=options, **said)
    path = folder / "crm.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return KINDS[kind], path, spec


def rows(kind, text, folder, *names, **said):
    module, path, spec = source(kind, text, folder, **said)
    mapped = module.columns(spec)
    frame = module.read(path, spec).rows.collect()
    assert frame.schema == pl.Schema({ROW: pl.UInt32, **module.schema(path, spec)})
    return frame.select(pl.col(mapped.get(name, name)).alias(name) for name in names).rows()


def events(kind, text, folder, **said):
    return rows(kind, text, folder, "customer_id", "occurred_at", "step", "value", **said)


def stages(kind, text, folder, **said):
    said["table"] = "stages"
    return rows(kind, text, folder, "customer_id", "stage", "entered_at", **said)


def refusal(kind, text, folder, **said) -> str:
    module, path, spec = source(kind, text, folder, **said)
    with pytest.raises(DataRefused) as refused:
        _ = module.columns(spec), module.read(path, spec)
    return str(refused.value)
