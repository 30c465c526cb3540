"""WooCommerce: Analytics, Orders, Download. Net sales, a name for a customer, refunds as rows below 0."""

from __future__ import annotations

from clv_xl.orders.formats.record import Format
from clv_xl.said import say

__all__ = ["WOOCOMMERCE_ANALYTICS"]

_DATES = ("Date", "Datum", "Dato", "Päivämäärä", "Päiväys", "Fecha", "Data")
_ORDERS = (
    "Order #", "Order", "Commande n°", "Commande", "Beställning #", "Order nr", "Ordre #", "Bestilling #", "Ordre nr",
    "Tilaus #", "Tilaus", "Bestellung #", "Bestellung Nr.", "Pedido #", "Ordine #", "Bestelling #",
)  # fmt: skip
_CUSTOMERS = ("Customer", "Client", "Kund", "Kunde", "Asiakas", "Kunde/Kundin", "Cliente", "Klant")
_TYPES = (
    "Customer type", "Type de client", "Kundtyp", "Kundetype", "Asiakastyyppi", "Asiakkaan tyyppi", "Kundentyp",
    "Tipo de cliente", "Tipo di cliente", "Klanttype",
)  # fmt: skip
_PRODUCTS = (
    "Product(s)", "Produit(s)", "Produkt(er)", "Vare(r)", "Tuote/tuotteet", "Tuotteet", "Produkt(e)", "Producto(s)",
    "Prodotto/i", "Product(en)",
)  # fmt: skip
_ITEMS = (
    "Items sold", "Articles vendus", "Sålda artiklar", "Artiklar sålda", "Solgte varer", "Varer solgt",
    "Solgte enheter",
    "Myydyt tuotteet", "Verkaufte Artikel", "Artículos vendidos", "Articoli venduti", "Verkochte artikelen",
)  # fmt: skip
_REVENUE = (
    "N. Revenue", "Net Sales", "Net revenue", "Ventes nettes", "Revenu net", "Nettointäkt", "Nettoförsäljning",
    "Nettosalg", "Netto omsetning", "Nettoomsetning", "Nettoomsætning", "Nettomyynti", "Nettoumsatz", "Ventas netas",
    "Vendite nette", "Netto-omzet",
)  # fmt: skip
_STATUSES = ("Status", "État", "Tila", "Estado", "Stato")

WOOCOMMERCE_ANALYTICS = Format(
    name="woocommerce-analytics",
    title="WooCommerce Analytics orders",
    signature=(_DATES, _ORDERS, _CUSTOMERS, _TYPES, _PRODUCTS, _REVENUE),
    columns={
        "customer_id": _CUSTOMERS,
        "order_date": _DATES,
        "amount": _REVENUE,
        "order_id": _ORDERS,
        "product": _PRODUCTS,
        "quantity": _ITEMS,
        "channel": ("Attribution", "Origin"),
        "status": _STATUSES,
    },
    telling=("Coupon(s)", "Code(s) promo", "N. Revenue (formatted)"),
    net_of_tax=True,
    notes=(
        say(
            "The file knows customers by name only: two people of one name are one customer, and a changed name is"
            " another. An export with e-mail addresses tells them apart."
        ),
        say("The amounts are net sales: without tax and shipping."),
    ),
)
