"""The file that the demonstration's marketer uploads."""

import csv
import io

# ruff: noqa: RUF001 - names of many scripts are the point
PEOPLE = [
    ("Zoë", "Ångström", "Fjord & Söner AB", "Head of Marketing"),
    ("Nguyễn", "Thị Ánh", "Sông Hồng, Ltd.", "Buyer"),
    ("María José", "Núñez", 'Bodega "El Faro"', "Dueña"),
    ("健太", "山田", "株式会社サンプル", "部長"),
    ("Олена", "Шевченко", "Приклад ТОВ", "Маркетолог"),
    ("Aoife", "O'Neill", "Claddagh Rings", "Owner"),
    ("Łukasz", "Żółć", "Przykład Sp. z o.o.", "Analityk"),
    ("נועה", "כהן", 'דוגמה בע"מ', "מנהלת"),
    ("Jean-Luc", "D'Arcy", "Exemple & Cie", "Directeur"),
    ("Anaïs", "Müller-Lüdenscheidt", "Beispiel GmbH\nWerk 2", "Leitung"),
    ("José", "da Silva", "Exemplo, S.A.", "Gerente"),
    ("Priya", "Ramakrishnan", "Example Textiles", "Buyer 🚀"),
]


def render_new_people() -> bytes:
    """Return a CSV file of people that Salesforce does not know yet."""
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(["First Name", "Last Name", "Company", "Title", "Email"])
    for number, (first, last, company, title) in enumerate(PEOPLE, start=1):
        address = f"new.person{number:02d}@marketing.example.com"
        writer.writerow([first, last, company, title, address])
    return file.getvalue().encode()
