"""The REST API: resources, describes, single records, collections, queries and limits.

A request to read ``/sobjects/Lead/00Q...`` comes through the gate to ``records.get_record``, which
asks the organisation in a thread and answers with the JSON object that it returns.
"""
