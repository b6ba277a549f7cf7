"""Mistakes to plant, so that the race is seen to find them. Each takes the lease's module."""

from django.db.models import F

from sync.models import AccountLease, SyncRun


def check_then_write(module):
    """Look whether the account is free, and then take it: the mistake that one UPDATE prevents."""

    def claim(run_id):
        run = SyncRun.objects.unscoped().select_related("account", "job").get(pk=run_id)
        lease, _ = AccountLease.objects.get_or_create(account_id=run.account_id)
        held = AccountLease.objects.filter(pk=lease.pk, run__isnull=False)
        if held.filter(expires_at__gte=module.Now()).exists():
            return None
        startable = module.list_startable().filter(pk=run_id)
        if not startable.exists():
            return None
        AccountLease.objects.filter(pk=lease.pk).update(
            run_id=run_id,
            fence=F("fence") + 1,
            expires_at=module.from_now(module.lease_seconds()),
        )
        module._mark_started(run, startable)
        lease.refresh_from_db()
        return module.Lease(account_id=run.account_id, run_id=run_id, fence=lease.fence)

    module.claim = claim
