"""Pages under `/a/<account>/`."""

from django.urls import path

from connectors import views

PLACE = "settings/connectors/crm/salesforce/"

urlpatterns = [
    path(PLACE, views.salesforce_connection, name="salesforce_connection"),
    path(f"{PLACE}connect/", views.salesforce_connect, name="salesforce_connect"),
    path(f"{PLACE}oauth/", views.salesforce_oauth, name="salesforce_oauth"),
    path(f"{PLACE}oauth/reconnect/", views.salesforce_reconnect, name="salesforce_reconnect"),
    path(f"{PLACE}test/", views.salesforce_test, name="salesforce_test"),
    path(
        f"{PLACE}update-credentials/",
        views.salesforce_update_credentials,
        name="salesforce_update_credentials",
    ),
    path(f"{PLACE}disconnect/", views.salesforce_disconnect, name="salesforce_disconnect"),
]
