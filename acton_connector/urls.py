"""The URL map. Everything that belongs to a customer lives under `/a/<account>/`."""

from django.urls import include, path

from acton_connector.accounts import views as account_views
from connectors import views as connector_views

urlpatterns = [
    path("", account_views.home, name="home"),
    path("people/email/", account_views.refuse_email_change),
    path("people/", include("allauth.urls")),
    path("invitations/<str:token>/", account_views.accept_invitation, name="accept_invitation"),
    path("salesforce/callback/", connector_views.salesforce_callback, name="salesforce_callback"),
    path("a/<slug:account_slug>/", include("sync.urls")),
    path("a/<slug:account_slug>/", include("prospects.urls")),
    path("a/<slug:account_slug>/", include("lists.urls")),
    path("a/<slug:account_slug>/", include("connectors.urls")),
    path("a/<slug:account_slug>/", include("acton_connector.accounts.urls")),
]
