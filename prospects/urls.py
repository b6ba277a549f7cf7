"""Pages under `/a/<account>/`."""

from django.urls import path

from prospects import views

# A person is named by one of their records: an address in the path would stand in every log.
PERSON = "prospects/people/<int:list_id>/<uuid:record_id>/"

urlpatterns = [
    path("prospects/people/", views.people, name="people"),
    path(PERSON, views.person_detail, name="person_detail"),
]
