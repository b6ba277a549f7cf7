"""Pages of an account's settings, under `/a/<account>/`."""

from django.urls import path

from acton_connector.accounts import views

urlpatterns = [
    path("settings/account/", views.account_settings, name="account_settings"),
    path("settings/account/invite/", views.invite_member, name="invite_member"),
    path(
        "settings/account/members/<int:member_id>/role/",
        views.change_member_role,
        name="change_member_role",
    ),
    path(
        "settings/account/members/<int:member_id>/remove/",
        views.remove_member,
        name="remove_member",
    ),
    path("settings/audit-log/", views.audit_log, name="audit_log"),
]
