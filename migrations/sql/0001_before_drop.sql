DROP SEQUENCE case_number_seq, inquiry_number_seq, page_number_seq, risk_number_seq;
DROP FUNCTION app_clock();
