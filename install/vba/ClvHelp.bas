Attribute VB_Name = "ClvHelp"
'Made from the registry of clv_xl: change the registry, not this file.
Option Explicit

'Call this when the add-in opens. Excel refuses texts for a hidden workbook, and an add-in is one.
Public Sub ClvDescribe()
    Dim hidden As Boolean
    hidden = ThisWorkbook.IsAddin
    Application.ScreenUpdating = False
    ThisWorkbook.IsAddin = False
    On Error Resume Next
    DescribeAll
    On Error GoTo 0
    ThisWorkbook.IsAddin = hidden
    ThisWorkbook.Saved = True
    Application.ScreenUpdating = True
End Sub

'Shows why the selected cell holds an error.
Public Sub ClvExplain()
    Dim reason As String
    reason = ClvReason(ActiveCell.Address(External:=True))
    If Len(reason) = 0 Then
        reason = "Select a cell with a function of clv_xl that shows an error, and ask again. " & _
            "For an error within a column of results, try the function on its row alone."
    End If
    MsgBox reason, vbInformation, "clv_xl"
End Sub

Private Sub Describe(ByVal name As String, ByVal text As String, ByVal arguments As Variant)
    Application.MacroOptions Macro:="'" & ThisWorkbook.Name & "'!" & name, Description:=text, _
        Category:="Customer value", ArgumentDescriptions:=arguments
End Sub

Private Sub DescribeAll()
    Describe "CLV", _
        "Customer lifetime value: average order value x purchases per year x lifespan x gross margin - acquisition cost; with a discount rate the yearly margin counts as in Excel's PV. #N/A when an argument is blank.", _
        Array("Average amount of an order.", _
        "Orders of one customer in a year, 0 or more.", _
        "How many years a customer stays, 0 or more.", _
        "Gross margin as a share of the amount, more than 0 and at most 1. Default 1.", _
        "Cost to win the customers, as a positive number. Default 0.", _
        "Yearly discount rate, more than -1. Each year's margin counts at the end of its year. Default 0.")
    Describe "CLV_HISTORIC", _
        "Historic CLV: sum of amounts x gross margin - acquisition cost - service cost. #N/A when there is no amount.", _
        Array("Column of order amounts, refunds negative. Blank cells are left out.", _
        "Gross margin as a share of the amount, more than 0 and at most 1. Default 1.", _
        "Cost to win the customers, as a positive number. Default 0.", _
        "Cost to serve the customers, as a positive number. Default 0.")
    Describe "CLV_RETENTION", _
        "CLV from a retention rate: with margin m, retention r and discount rate d: now m(1+d)/(1+d-r), retained m r/(1+d-r), end m/(1+d-r); with a number of periods only that many payments. #N/A for life when r is not below 1+d.", _
        Array("Margin of a customer in one period.", _
        "Share of customers who stay for another period, 0 to 1.", _
        "Discount rate for one period, more than -1. Default 0.", _
        "Number of payments, a whole number. Left out: for life.", _
        "When the first margin comes: ""now"", ""retained"" (after one period, if the customer is still there) or ""end"" (after one period, for certain). Default ""now"".")
    Describe "CLV_CUSTOMERS", _
        "Historic CLV of each customer: a row for each customer with orders, amount, average order value, orders for each year since the first order, and historic CLV = amount x gross margin. #N/A when there is no order.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Column of order amounts, refunds negative, as long as the customers. Rows with a blank are left out.", _
        "Gross margin as a share of the amount, more than 0 and at most 1. Default 1.", _
        "The day on which everything is measured; later rows are left out. Left out: the newest order.")
    Describe "CLV_BY", _
        "Historic CLV by group: CLV_CUSTOMERS added up by channel, plan or whatever the column holds; a customer counts whole in the group of the first order that has one. #N/A when there is no order.", _
        Array("Column with the group of each order, such as its channel, as long as the customers. Customers without one are shown as (blank).", _
        "Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Column of order amounts, refunds negative, as long as the customers. Rows with a blank are left out.", _
        "Gross margin as a share of the amount, more than 0 and at most 1. Default 1.", _
        "The day on which everything is measured; later rows are left out. Left out: the newest order.")
    Describe "CLV_TREND", _
        "CLV over time: for each period customers who ordered, AOV and orders per customer; CLV and its active window by the orders up to the period's end: margin per order x orders a year while active x lifespan. #N/A when there is no order.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Column of order amounts, refunds negative, as long as the customers. Rows with a blank are left out.", _
        "Calendar period of a row: ""month"", ""quarter"" or ""year"". Default ""month"".", _
        "Gross margin as a share of the amount, more than 0 and at most 1. Default 1.")
    Describe "AOV", _
        "Average order value: sum of amounts / number of orders; a negative amount is a refund and no order of its own. #N/A when there is no order.", _
        Array("Column of order amounts, refunds negative. Blank cells are left out.", _
        "Column of order ids: rows of one id are one order. Left out: every row is an order.")
    Describe "PURCHASE_FREQUENCY", _
        "Purchase frequency: orders / customer-years, where a customer counts from the first order to the as-of date, one day at least. #N/A when there is no order.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "The day on which everything is measured; later rows are left out. Left out: the newest date.")
    Describe "CUSTOMER_LIFESPAN", _
        "Customer lifespan: 1 / churn rate, in the periods of the churn rate: a yearly rate gives years. #N/A when the churn rate is 0.", _
        Array("Share of customers lost in a period, 0 to 1.")
    Describe "CLV_PREDICT", _
        "Predicted CLV of each customer: a row for each customer: P(alive), orders expected in the months, value of an order, their discounted margin with a 90% interval, and the next order where P(alive) is 50% or more. #N/A with less than 100 repeat customers.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Column of order amounts, refunds negative, as long as the customers. Rows with a blank are left out.", _
        "How far ahead, a whole number of months of 30.4375 days from 1 to 600, and at most three times as long as the history. Default 36.", _
        "Gross margin as a share of the amount, more than 0 and at most 1. Default 1.", _
        "Yearly discount rate, from 0 to 1. Default 0.", _
        "The day on which everything is measured; later rows are left out. Left out: the newest order.", _
        "The model of order timing: ""auto"" takes the one that fits these orders, or a name such as ""Pareto/NBD"", ""MBG/NBD"", ""MBG/CNBD-2"" (regular buyers) or ""BG/NBD"" (as in papers). Default ""auto"".")
    Describe "CLV_MODEL", _
        "Fitted model: the parameters of order timing and, with amounts, of spend (p, q, v) with standard errors; times in weeks; log-likelihoods, customers used, the model, and why it was chosen. #N/A with less than 100 repeat customers.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Column of order amounts, refunds negative, as long as the customers. Left out: every row is an order, and nothing is said of spend.", _
        "The day on which everything is measured; later rows are left out. Left out: the newest order.", _
        "The model of order timing: ""auto"" takes the one that fits these orders, or a name such as ""Pareto/NBD"", ""MBG/NBD"", ""MBG/CNBD-2"" (regular buyers) or ""BG/NBD"" (as in papers). Default ""auto"".")
    Describe "P_ALIVE", _
        "P(alive): the probability that who has ordered so often and so recently is still a customer. #N/A when a number is beyond what can be computed.", _
        Array("How often the customer came again: days with an order, less one.", _
        "Time from the first order to the last, 0 for who came once; in the unit of the parameters, weeks with CLV_MODEL.", _
        "Time from the first order to the day on which everything is measured; in the unit of the parameters, weeks with CLV_MODEL.", _
        "The cells that CLV_MODEL fills, such as H1#, or names beside values; or the values alone, in a row or column and in the order of the papers, such as r, alpha, s, beta.", _
        "Whose parameters they are. ""auto"" is as the parameters say; values alone are taken for those of Pareto/NBD. Default ""auto"".")
    Describe "EXPECTED_ORDERS", _
        "Expected orders: days with an order that are expected of a customer within so many periods, given the orders so far. #N/A when a number is beyond what can be computed.", _
        Array("How far ahead, in the unit of the parameters: weeks with CLV_MODEL, so 52.18 is a year.", _
        "How often the customer came again: days with an order, less one.", _
        "Time from the first order to the last, 0 for who came once; in the unit of the parameters, weeks with CLV_MODEL.", _
        "Time from the first order to the day on which everything is measured; in the unit of the parameters, weeks with CLV_MODEL.", _
        "The cells that CLV_MODEL fills, such as H1#, or names beside values; or the values alone, in a row or column and in the order of the papers, such as r, alpha, s, beta.", _
        "Whose parameters they are. ""auto"" is as the parameters say; values alone are taken for those of Pareto/NBD. Default ""auto"".")
    Describe "EXPECTED_SPEND", _
        "Expected order value: p x (v + frequency x monetary) / (p x frequency + q - 1), between a customer's own mean and that of all. #N/A when the mean has no bound, because p x frequency + q is 1 or less.", _
        Array("On how many days with an order the mean is taken: with CLV_MODEL all of them, with the parameters of papers the repeat ones.", _
        "The customer's mean amount of such a day; 0 where there is none.", _
        "The cells that CLV_MODEL fills with amounts, such as H1#, or the names p, q and v beside values; or the three values alone, in a row or column.")
    Describe "CLV_BACKTEST", _
        "Backtest of the models: a row for each model, fitted before the last months and compared with what came, up to three times: mean bias of the total, RMSE, Gini, top 10%, of orders and amounts. #N/A with less than 100 repeat customers before them.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Column of order amounts, refunds negative, as long as the customers. Rows with a blank are left out.", _
        "How many months of 30.4375 days are held back and predicted. Left out: 12 where there are two years, else a third of the history.")
    Describe "RFM", _
        "RFM scores and segments: a row for each customer with days since the last order, orders, amount, their scores R, F and M (equal values score equally), the three side by side, and the segment. #N/A when there is no order.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Column of order amounts, refunds negative, as long as the customers. Rows with a blank are left out.", _
        "The day on which everything is measured; later rows are left out. Left out: the newest order.", _
        "How many scores there are, a whole number from 2 to 10. Default 5.")
    Describe "RFM_SEGMENT", _
        "RFM segment: the name in the segment map's cell for R and for the mean of F and M, rounded half up. #N/A when the customer has no order.", _
        Array("Recency score, from 1 to the number of scores.", _
        "Frequency score, from 1 to the number of scores.", _
        "Money score, from 1 to the number of scores.", _
        "Square of segment names as on the sheet Segment map, with its titles or without: the best R in the first row, FM = 1 in the first column. Left out: the default map of 5 scores.")
    Describe "RFM_MIGRATION", _
        "RFM migration: how many customers went from which segment (rows) on the first date to which segment (columns) on the second, scored among the customers of each date. #N/A when nobody had ordered by the first date.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Column of order amounts, refunds negative, as long as the customers. Rows with a blank are left out.", _
        "The first date. Left out: a year before the second.", _
        "The second date. Left out: the newest order.")
    Describe "RETENTION_RATE", _
        "Retention rate: (customers at the end - new customers) / customers at the start. #N/A when there was nobody at the start.", _
        Array("Customers at the start of the period, 0 or more.", _
        "Customers at the end of the period, 0 or more.", _
        "Customers at the end who were not there at the start, those who came back included.")
    Describe "CHURN_RATE", _
        "Churn rate: customers lost in the period / customers at its start, that is 1 - retention rate. #N/A when there was nobody at the start.", _
        Array("Customers at the start of the period, 0 or more.", _
        "Those among them who are not there at the end, 0 or more.")
    Describe "RETENTION_COHORTS", _
        "Cohort table: customers by the period of their first order in rows, periods since then in columns; in the cells those who ordered in that period, as the measure says. #N/A when there is no order.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.", _
        "Calendar period of a row: ""month"", ""quarter"" or ""year"". Default ""month"".", _
        "What the cells hold: ""customers"", ""rate"" (their share of the cohort), ""amount"", or ""cumulative amount per customer"" of the cohort, ""cumulative"" for short. Default ""rate"".", _
        "Column of order amounts, refunds negative, as long as the customers. Needed for amounts. Left out: every row is an order.")
    Describe "RETENTION_PROJECT", _
        "Projected retention: survivors of a cohort of subscribers, projected by the shifted beta-geometric model: the share that is left after each period, and the share that stayed in it. #N/A with less than three figures, or when nobody has left.", _
        Array("Column of customers at the start, then of those left after period 1, 2 and so on; counts or shares.", _
        "Up to which period, a whole number from 1 to 1,200.")
    Describe "REPEAT_RATE", _
        "Repeat rate: customers with orders on two days or more / customers. #N/A when there is no order.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.")
    Describe "TIME_BETWEEN_ORDERS", _
        "Time between orders: mean number of days between consecutive order days of the same customer. #N/A when nobody came back.", _
        Array("Column of customer ids, one row for each order. Rows with a blank, an error or NULL are left out.", _
        "Column of order dates, as long as the customers.")
    Describe "NRR", _
        "Net revenue retention: (start + expansion - contraction - churned) / start, all of the customers there at the start. #N/A when the revenue at the start is 0.", _
        Array("Revenue at the start, of the customers there at the start.", _
        "What they pay more at the end, as a positive number.", _
        "What they pay less at the end, as a positive number.", _
        "What those who left paid at the start, as a positive number.")
    Describe "GRR", _
        "Gross revenue retention: (start - contraction - churned) / start, all of the customers there at the start. #N/A when the revenue at the start is 0.", _
        Array("Revenue at the start, of the customers there at the start.", _
        "What they pay less at the end, as a positive number.", _
        "What those who left paid at the start, as a positive number.")
    Describe "CAC", _
        "Customer acquisition cost: spend / new customers, of the same period and channel. #N/A when there is no new customer.", _
        Array("Spend on winning customers, 0 or more.", _
        "Customers won with it, 0 or more.")
    Describe "LTV_CAC", _
        "LTV:CAC: customer lifetime value by margin / customer acquisition cost. #N/A when the acquisition cost is 0.", _
        Array("Customer lifetime value by margin, not by revenue.", _
        "Customer acquisition cost, 0 or more.")
    Describe "CAC_PAYBACK", _
        "CAC payback: first month in which the cumulative margin for each acquired customer reaches the acquisition cost, interpolated within the month. #N/A when it is not reached within the months given.", _
        Array("Customer acquisition cost, 0 or more.", _
        "Column of the cumulative margin for each acquired customer after month 1, 2, 3 and so on. Or a single number: the same margin every month.")
    Describe "CAC_MAX", _
        "Highest allowable CAC: customer lifetime value by margin / target LTV:CAC. #N/A when the value is blank.", _
        Array("Customer lifetime value by margin, not by revenue.", _
        "The LTV:CAC that is aimed at, more than 0. Default 3.")
End Sub
