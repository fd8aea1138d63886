-- Merges of facts take ten parts where they took five: in a load of a million events each row was written anew 0.84
-- times instead of 1.64. These tables are read by key or by day. Windows keep the default: metrics read all of their parts.
ALTER TABLE fact_delivery MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_conversions MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_orders MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_order_lines MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_refunds MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_refund_lines MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_entities MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_customers MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_products MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_touches MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_web_events MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_changes MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_fx_rates MODIFY SETTING merge_selector_base = 10;
ALTER TABLE fact_holidays MODIFY SETTING merge_selector_base = 10;
ALTER TABLE identities MODIFY SETTING merge_selector_base = 10;
