table_growth() { :; }
