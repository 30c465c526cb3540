-- Each row with what its status means, and the reason for which it is set aside by itself, as rows of files are judged.
-- A credit note takes its amount off, with or without a minus sign.
select
    customer_text,
    case
        when $whole_customers then substr(customer_id, 1, greatest(length(customer_id) - 2, 0))
        else customer_id
    end as customer_id,
    case
        when $whole_orders then substr(order_text, 1, greatest(length(order_text) - 2, 0))
        else order_text
    end as order_id,
    date_text,
    day,
    amount_text,
    amount,
    cost,
    quantity,
    channel,
    product,
    country,
    status,
    meaning,
    case
        when meaning = 'test' then 'test_order'
        when customer_id is null then 'missing_customer'
        when day is null then 'bad_date'
        when day < date '1900-03-01' or day > date '9999-12-31' then 'date_out_of_range'
        when amount_fault <> '' then amount_fault
        when meaning = 'cancelled' then 'cancelled'
        when meaning = 'not completed' then 'not_completed'
        when meaning = 'credit note' and amount > 0 then 'credit_note'
        when day > $last_day then 'after_as_of'
        when $ignores_refunds and amount < 0 then 'refunds_ignored'
    end as reason
from (
    select
        customer_text,
        customer_id,
        order_text,
        date_text,
        day,
        amount_text,
        case when coalesce(taken_off, false) then -abs(amount) else amount end as amount,
        amount_fault,
        cost,
        quantity,
        channel,
        product,
        country,
        given_rows.status,
        coalesce(meaning, case when given_rows.status is null then 'completed' else 'unknown' end) as meaning
    from given_rows
    left join status_meanings on status_meanings.status = given_rows.status
) as told
