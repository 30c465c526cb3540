Attribute VB_Name = "ClvFunctions"
'Made from the registry of clv_xl by the generator of xlwings: change the registry, not this file.
#Const App = "Microsoft Excel" 'Adjust when using outside of Excel
Option Explicit

Function AOV(amounts, Optional order_ids)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse amounts, order_ids
        AOV = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "AOV", Array(amounts, order_ids), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse amounts, order_ids
        AOV = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "AOV", Array(amounts, order_ids)))
        Exit Function
    #End If
failed:
    AOV = ClvFailure(Err.Description)
End Function

Function CAC(spend, new_customers)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse spend, new_customers
        CAC = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CAC", Array(spend, new_customers), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse spend, new_customers
        CAC = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CAC", Array(spend, new_customers)))
        Exit Function
    #End If
failed:
    CAC = ClvFailure(Err.Description)
End Function

Function CAC_MAX(CLV, Optional target_ratio)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse CLV, target_ratio
        CAC_MAX = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CAC_MAX", Array(CLV, target_ratio), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse CLV, target_ratio
        CAC_MAX = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CAC_MAX", Array(CLV, target_ratio)))
        Exit Function
    #End If
failed:
    CAC_MAX = ClvFailure(Err.Description)
End Function

Function CAC_PAYBACK(CAC, cumulative_margin)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse CAC, cumulative_margin
        CAC_PAYBACK = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CAC_PAYBACK", Array(CAC, cumulative_margin), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse CAC, cumulative_margin
        CAC_PAYBACK = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CAC_PAYBACK", Array(CAC, cumulative_margin)))
        Exit Function
    #End If
failed:
    CAC_PAYBACK = ClvFailure(Err.Description)
End Function

Function CHURN_RATE(start_customers, lost_customers)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse start_customers, lost_customers
        CHURN_RATE = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CHURN_RATE", Array(start_customers, lost_customers), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse start_customers, lost_customers
        CHURN_RATE = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CHURN_RATE", Array(start_customers, lost_customers)))
        Exit Function
    #End If
failed:
    CHURN_RATE = ClvFailure(Err.Description)
End Function

Function CLV(avg_order_value, purchases_per_year, lifespan_years, Optional gross_margin, Optional acquisition_cost, Optional discount_rate)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse avg_order_value, purchases_per_year, lifespan_years, gross_margin, acquisition_cost, discount_rate
        CLV = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV", Array(avg_order_value, purchases_per_year, lifespan_years, gross_margin, acquisition_cost, discount_rate), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse avg_order_value, purchases_per_year, lifespan_years, gross_margin, acquisition_cost, discount_rate
        CLV = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV", Array(avg_order_value, purchases_per_year, lifespan_years, gross_margin, acquisition_cost, discount_rate)))
        Exit Function
    #End If
failed:
    CLV = ClvFailure(Err.Description)
End Function

Function CLV_BACKTEST(customers, dates, amounts, Optional holdout_months)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, amounts, holdout_months
        CLV_BACKTEST = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_BACKTEST", Array(customers, dates, amounts, holdout_months), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, amounts, holdout_months
        CLV_BACKTEST = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_BACKTEST", Array(customers, dates, amounts, holdout_months)))
        Exit Function
    #End If
failed:
    CLV_BACKTEST = ClvFailure(Err.Description)
End Function

Function CLV_BY(groups, customers, dates, amounts, Optional gross_margin, Optional as_of)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse groups, customers, dates, amounts, gross_margin, as_of
        CLV_BY = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_BY", Array(groups, customers, dates, amounts, gross_margin, as_of), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse groups, customers, dates, amounts, gross_margin, as_of
        CLV_BY = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_BY", Array(groups, customers, dates, amounts, gross_margin, as_of)))
        Exit Function
    #End If
failed:
    CLV_BY = ClvFailure(Err.Description)
End Function

Function CLV_CUSTOMERS(customers, dates, amounts, Optional gross_margin, Optional as_of)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, amounts, gross_margin, as_of
        CLV_CUSTOMERS = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_CUSTOMERS", Array(customers, dates, amounts, gross_margin, as_of), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, amounts, gross_margin, as_of
        CLV_CUSTOMERS = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_CUSTOMERS", Array(customers, dates, amounts, gross_margin, as_of)))
        Exit Function
    #End If
failed:
    CLV_CUSTOMERS = ClvFailure(Err.Description)
End Function

Function CLV_HISTORIC(amounts, Optional gross_margin, Optional acquisition_cost, Optional service_cost)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse amounts, gross_margin, acquisition_cost, service_cost
        CLV_HISTORIC = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_HISTORIC", Array(amounts, gross_margin, acquisition_cost, service_cost), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse amounts, gross_margin, acquisition_cost, service_cost
        CLV_HISTORIC = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_HISTORIC", Array(amounts, gross_margin, acquisition_cost, service_cost)))
        Exit Function
    #End If
failed:
    CLV_HISTORIC = ClvFailure(Err.Description)
End Function

Function CLV_MODEL(customers, dates, Optional amounts, Optional as_of, Optional model)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, amounts, as_of, model
        CLV_MODEL = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_MODEL", Array(customers, dates, amounts, as_of, model), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, amounts, as_of, model
        CLV_MODEL = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_MODEL", Array(customers, dates, amounts, as_of, model)))
        Exit Function
    #End If
failed:
    CLV_MODEL = ClvFailure(Err.Description)
End Function

Function CLV_PREDICT(customers, dates, amounts, Optional months, Optional gross_margin, Optional discount_rate, Optional as_of, Optional model)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, amounts, months, gross_margin, discount_rate, as_of, model
        CLV_PREDICT = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_PREDICT", Array(customers, dates, amounts, months, gross_margin, discount_rate, as_of, model), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, amounts, months, gross_margin, discount_rate, as_of, model
        CLV_PREDICT = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_PREDICT", Array(customers, dates, amounts, months, gross_margin, discount_rate, as_of, model)))
        Exit Function
    #End If
failed:
    CLV_PREDICT = ClvFailure(Err.Description)
End Function

Function CLV_RETENTION(margin_per_period, RETENTION_RATE, Optional discount_rate, Optional periods, Optional first_payment)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse margin_per_period, RETENTION_RATE, discount_rate, periods, first_payment
        CLV_RETENTION = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_RETENTION", Array(margin_per_period, RETENTION_RATE, discount_rate, periods, first_payment), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse margin_per_period, RETENTION_RATE, discount_rate, periods, first_payment
        CLV_RETENTION = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_RETENTION", Array(margin_per_period, RETENTION_RATE, discount_rate, periods, first_payment)))
        Exit Function
    #End If
failed:
    CLV_RETENTION = ClvFailure(Err.Description)
End Function

Function CLV_TREND(customers, dates, amounts, Optional period, Optional gross_margin)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, amounts, period, gross_margin
        CLV_TREND = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_TREND", Array(customers, dates, amounts, period, gross_margin), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, amounts, period, gross_margin
        CLV_TREND = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CLV_TREND", Array(customers, dates, amounts, period, gross_margin)))
        Exit Function
    #End If
failed:
    CLV_TREND = ClvFailure(Err.Description)
End Function

Function CUSTOMER_LIFESPAN(CHURN_RATE)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse CHURN_RATE
        CUSTOMER_LIFESPAN = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CUSTOMER_LIFESPAN", Array(CHURN_RATE), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse CHURN_RATE
        CUSTOMER_LIFESPAN = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "CUSTOMER_LIFESPAN", Array(CHURN_RATE)))
        Exit Function
    #End If
failed:
    CUSTOMER_LIFESPAN = ClvFailure(Err.Description)
End Function

Function EXPECTED_ORDERS(periods, frequency, recency, age, parameters, Optional model)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse periods, frequency, recency, age, parameters, model
        EXPECTED_ORDERS = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "EXPECTED_ORDERS", Array(periods, frequency, recency, age, parameters, model), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse periods, frequency, recency, age, parameters, model
        EXPECTED_ORDERS = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "EXPECTED_ORDERS", Array(periods, frequency, recency, age, parameters, model)))
        Exit Function
    #End If
failed:
    EXPECTED_ORDERS = ClvFailure(Err.Description)
End Function

Function EXPECTED_SPEND(frequency, monetary, parameters)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse frequency, monetary, parameters
        EXPECTED_SPEND = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "EXPECTED_SPEND", Array(frequency, monetary, parameters), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse frequency, monetary, parameters
        EXPECTED_SPEND = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "EXPECTED_SPEND", Array(frequency, monetary, parameters)))
        Exit Function
    #End If
failed:
    EXPECTED_SPEND = ClvFailure(Err.Description)
End Function

Function GRR(start, contraction, churned)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse start, contraction, churned
        GRR = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "GRR", Array(start, contraction, churned), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse start, contraction, churned
        GRR = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "GRR", Array(start, contraction, churned)))
        Exit Function
    #End If
failed:
    GRR = ClvFailure(Err.Description)
End Function

Function LTV_CAC(CLV, CAC)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse CLV, CAC
        LTV_CAC = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "LTV_CAC", Array(CLV, CAC), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse CLV, CAC
        LTV_CAC = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "LTV_CAC", Array(CLV, CAC)))
        Exit Function
    #End If
failed:
    LTV_CAC = ClvFailure(Err.Description)
End Function

Function NRR(start, expansion, contraction, churned)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse start, expansion, contraction, churned
        NRR = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "NRR", Array(start, expansion, contraction, churned), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse start, expansion, contraction, churned
        NRR = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "NRR", Array(start, expansion, contraction, churned)))
        Exit Function
    #End If
failed:
    NRR = ClvFailure(Err.Description)
End Function

Function PURCHASE_FREQUENCY(customers, dates, Optional as_of)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, as_of
        PURCHASE_FREQUENCY = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "PURCHASE_FREQUENCY", Array(customers, dates, as_of), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, as_of
        PURCHASE_FREQUENCY = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "PURCHASE_FREQUENCY", Array(customers, dates, as_of)))
        Exit Function
    #End If
failed:
    PURCHASE_FREQUENCY = ClvFailure(Err.Description)
End Function

Function P_ALIVE(frequency, recency, age, parameters, Optional model)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse frequency, recency, age, parameters, model
        P_ALIVE = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "P_ALIVE", Array(frequency, recency, age, parameters, model), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse frequency, recency, age, parameters, model
        P_ALIVE = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "P_ALIVE", Array(frequency, recency, age, parameters, model)))
        Exit Function
    #End If
failed:
    P_ALIVE = ClvFailure(Err.Description)
End Function

Function REPEAT_RATE(customers, dates)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates
        REPEAT_RATE = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "REPEAT_RATE", Array(customers, dates), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates
        REPEAT_RATE = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "REPEAT_RATE", Array(customers, dates)))
        Exit Function
    #End If
failed:
    REPEAT_RATE = ClvFailure(Err.Description)
End Function

Function RETENTION_COHORTS(customers, dates, Optional period, Optional measure, Optional amounts)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, period, measure, amounts
        RETENTION_COHORTS = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RETENTION_COHORTS", Array(customers, dates, period, measure, amounts), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, period, measure, amounts
        RETENTION_COHORTS = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RETENTION_COHORTS", Array(customers, dates, period, measure, amounts)))
        Exit Function
    #End If
failed:
    RETENTION_COHORTS = ClvFailure(Err.Description)
End Function

Function RETENTION_PROJECT(survivors, periods)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse survivors, periods
        RETENTION_PROJECT = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RETENTION_PROJECT", Array(survivors, periods), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse survivors, periods
        RETENTION_PROJECT = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RETENTION_PROJECT", Array(survivors, periods)))
        Exit Function
    #End If
failed:
    RETENTION_PROJECT = ClvFailure(Err.Description)
End Function

Function RETENTION_RATE(start_customers, end_customers, new_customers)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse start_customers, end_customers, new_customers
        RETENTION_RATE = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RETENTION_RATE", Array(start_customers, end_customers, new_customers), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse start_customers, end_customers, new_customers
        RETENTION_RATE = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RETENTION_RATE", Array(start_customers, end_customers, new_customers)))
        Exit Function
    #End If
failed:
    RETENTION_RATE = ClvFailure(Err.Description)
End Function

Function RFM(customers, dates, amounts, Optional as_of, Optional bins)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, amounts, as_of, bins
        RFM = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RFM", Array(customers, dates, amounts, as_of, bins), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, amounts, as_of, bins
        RFM = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RFM", Array(customers, dates, amounts, as_of, bins)))
        Exit Function
    #End If
failed:
    RFM = ClvFailure(Err.Description)
End Function

Function RFM_MIGRATION(customers, dates, amounts, Optional from_date, Optional to_date)
    If (Not Application.CommandBars("Standard").Controls(1).Enabled) Then Exit Function
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates, amounts, from_date, to_date
        RFM_MIGRATION = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RFM_MIGRATION", Array(customers, dates, amounts, from_date, to_date), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates, amounts, from_date, to_date
        RFM_MIGRATION = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RFM_MIGRATION", Array(customers, dates, amounts, from_date, to_date)))
        Exit Function
    #End If
failed:
    RFM_MIGRATION = ClvFailure(Err.Description)
End Function

Function RFM_SEGMENT(r, f, m, Optional segment_map)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse r, f, m, segment_map
        RFM_SEGMENT = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RFM_SEGMENT", Array(r, f, m, segment_map), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse r, f, m, segment_map
        RFM_SEGMENT = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "RFM_SEGMENT", Array(r, f, m, segment_map)))
        Exit Function
    #End If
failed:
    RFM_SEGMENT = ClvFailure(Err.Description)
End Function

Function TIME_BETWEEN_ORDERS(customers, dates)
    #If App = "Microsoft Excel" Then
        If TypeOf Application.Caller Is Range Then On Error GoTo failed
        ClvRowsInUse customers, dates
        TIME_BETWEEN_ORDERS = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "TIME_BETWEEN_ORDERS", Array(customers, dates), ActiveWorkbook, Application.Caller))
        Exit Function
    #Else
        ClvRowsInUse customers, dates
        TIME_BETWEEN_ORDERS = ClvAnswer(XLPy.CallUDF("clv_xl.excel.classic", "TIME_BETWEEN_ORDERS", Array(customers, dates)))
        Exit Function
    #End If
failed:
    TIME_BETWEEN_ORDERS = ClvFailure(Err.Description)
End Function

